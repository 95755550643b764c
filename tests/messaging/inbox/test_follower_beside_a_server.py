"""The follower that a server runs beside itself, through what may happen to both."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from tests.citus import cluster
from tests.journeys.stage import PASSWORD
from tests.servers import ServerProcess
from tests.waiting import eventually

TOKEN = "a-token-for-the-tests-of-metrics"


class Person:
    def __init__(self, server: ServerProcess, name: str) -> None:
        self.name = name
        person = {"name": name, "email": f"{name}@example.org", "password": PASSWORD}
        made = httpx.post(f"{server.base_url}/v1/users/register", json=person, timeout=30)
        self.id = made.raise_for_status().json()["id"]
        answer = httpx.post(f"{server.base_url}/v1/users/login", json=person, timeout=30)
        headers = {"Authorization": f"Bearer {answer.json()['access']}"}
        self.client = httpx.Client(base_url=server.base_url, headers=headers, timeout=30)

    def open(self, name: str, *others: "Person") -> str:
        body = {"name": name, "isGroup": True, "memberIds": [other.id for other in others]}
        made: str = self.client.post("/v1/conversations", json=body).raise_for_status().json()["id"]
        return made

    def write(self, conversation_id: str) -> None:
        path = f"/v1/conversations/{conversation_id}/messages"
        self.client.post(path, json={"content": "hello"}).raise_for_status()

    def inbox(self) -> list[str]:
        answer = self.client.get("/v1/conversations").raise_for_status().json()
        return [each["id"] for each in answer["results"]]


def relays_of(server: ServerProcess) -> list[psutil.Process]:
    assert server.process is not None
    found = []
    for child in psutil.Process(server.process.pid).children():
        with suppress(psutil.Error):  # it has just ended
            if "relay" in child.cmdline():
                found.append(child)
    return found


def relay_of(server: ServerProcess) -> psutil.Process | None:
    return next(iter(relays_of(server)), None)


def kill_relay(server: ServerProcess) -> None:
    """Returns when another one has taken its place."""
    eventually(lambda: relay_of(server) is not None, seconds=60)
    relay = relay_of(server)
    assert relay is not None
    relay.kill()
    eventually(lambda: relay_of(server) not in (None, relay), seconds=60)


def ask(server: ServerProcess, query: str) -> Any:
    with psycopg.connect(server.database_url, autocommit=True) as own:
        return own.execute(query).fetchall()


FRESH = "SELECT FROM messaging_inboxstate WHERE applied_at > now() - interval '3 seconds'"
BEHIND = """
SELECT FROM conversations_conversation c LEFT JOIN messaging_inboxcursor s
ON s.conversation_id = c.id WHERE s.rev IS DISTINCT FROM c.last_rev
"""


def figures_of(server: ServerProcess) -> dict[str, float]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    lines = httpx.get(f"{server.base_url}/metrics", headers=headers, timeout=30).text.splitlines()
    return {
        name: float(value)
        for name, value in (line.split() for line in lines if line.startswith("chat_inbox_"))
    }


def test_inboxes_are_right_whatever_is_killed(data_dir: Path) -> None:
    env = {"INBOX": "entries", "METRICS_TOKEN": TOKEN}
    # With a PostgreSQL of its own: a slot waits for all transactions of its server to end. On a
    # distributed database there is no slot.
    own = not cluster.is_there()
    with ServerProcess(data_dir, own_postgres=own, env=env) as server:
        ann, ben = Person(server, "ann"), Person(server, "ben")
        first, second = (ann.open(name, ben) for name in ("first", "second"))
        ann.write(first)
        assert ann.inbox() == [first, second]  # one's own at once
        eventually(lambda: ben.inbox() == [first, second])
        eventually(lambda: bool(ask(server, FRESH)), seconds=60)

        kill_relay(server)
        ann.write(second)
        assert ann.inbox() == [second, first]
        eventually(lambda: ben.inbox() == [second, first], seconds=60)

        server.kill()
        server.start()
        ann.write(first)
        eventually(lambda: not ask(server, BEHIND) and bool(ask(server, FRESH)), seconds=60)
        assert ben.inbox() == [first, second]
        figures = figures_of(server)
        assert figures["chat_inbox_lag_seconds"] < 3600
        assert figures["chat_inbox_entries_written"] >= 4
        assert figures["chat_inbox_changes_coalesced"] >= 0
        assert server.stop() == 0


FRESH_PARTS = """
SELECT id FROM messaging_inboxstate WHERE applied_at > now() - interval '3 seconds' ORDER BY id
"""


def test_two_followers_share_the_conversations(data_dir: Path) -> None:
    env = {"INBOX": "entries", "INBOX_FOLLOWERS": "2"}
    own = not cluster.is_there()
    with ServerProcess(data_dir, own_postgres=own, env=env) as server:
        ann, ben = Person(server, "ann"), Person(server, "ben")
        places = [ann.open(str(number), ben) for number in range(8)]
        eventually(lambda: ask(server, FRESH_PARTS) == [(1,), (2,)], seconds=60)
        for place in places:
            ann.write(place)
        eventually(lambda: ben.inbox() == places[::-1] and not ask(server, BEHIND), seconds=60)

        relays_of(server)[0].kill()  # its part is taken over by whoever comes in its place
        for place in places[::-1]:
            ann.write(place)
        eventually(lambda: not ask(server, BEHIND), seconds=60)
        eventually(lambda: ask(server, FRESH_PARTS) == [(1,), (2,)], seconds=60)
        assert ben.inbox() == places
        assert len(relays_of(server)) == 2
        assert server.stop() == 0
