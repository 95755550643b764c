"""The relay that a server runs beside itself, on a real broker, through what may happen to both."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psutil
import psycopg
import pytest

from messaging.relay.parts import Part, parts_of
from tests.journeys.stage import PASSWORD
from tests.messaging.relay.broker_servers import SERVERS, BrokerServer, NatsServer
from tests.servers import ServerProcess
from tests.waiting import eventually


class Chat:
    """A person alone in a conversation of theirs, who writes."""

    def __init__(self, server: ServerProcess, email: str = "ann@example.org") -> None:
        person = {"name": "Ann", "email": email, "password": PASSWORD}
        httpx.post(f"{server.base_url}/v1/users/register", json=person).raise_for_status()
        answer = httpx.post(f"{server.base_url}/v1/users/login", json=person)
        headers = {"Authorization": f"Bearer {answer.json()['access']}"}
        self.client = httpx.Client(base_url=server.base_url, headers=headers, timeout=30)
        body = {"name": "Notes", "isGroup": True, "memberIds": []}
        self.id = self.client.post("/v1/conversations", json=body).json()["id"]
        self.revs: list[int] = []

    def write(self, count: int) -> None:
        """Each is acknowledged, whatever the broker does."""
        for number in range(count):
            path = f"/v1/conversations/{self.id}/messages"
            answer = self.client.post(path, json={"content": f"line {number}"})
            assert answer.status_code == 200, answer.text
            self.revs.append(answer.json()["rev"])

    @property
    def event_ids(self) -> list[str]:
        return [f"{self.id}:{rev}" for rev in self.revs]


def relays_of(server: ServerProcess) -> list[psutil.Process]:
    assert server.process is not None
    return [it for it in psutil.Process(server.process.pid).children() if is_relay(it)]


def is_relay(process: psutil.Process) -> bool:
    try:
        return "relay" in process.cmdline()
    except psutil.Error:  # it has just ended
        return False


def kill_relay(server: ServerProcess) -> None:
    """Returns when another one has taken its place."""
    eventually(lambda: len(relays_of(server)) == 1, seconds=60)
    (relay,) = relays_of(server)
    relay.kill()
    eventually(lambda: any(each.pid != relay.pid for each in relays_of(server)), seconds=60)


def check_stream(chat: Chat, found: Sequence[dict[str, Any]]) -> None:
    """Every message, for the first time in the order of rev."""
    firsts = dict.fromkeys(it["id"] for it in found if it["data"]["conversationId"] == chat.id)
    revs = [int(each.rpartition(":")[2]) for each in firsts]
    assert revs == sorted(revs)
    assert set(chat.event_ids) <= set(firsts)
    assert all("content" not in it["data"] for it in found)


@pytest.fixture
def nats_server() -> Iterator[NatsServer]:
    with NatsServer() as server:
        yield server


def served(data_dir: Path, broker: BrokerServer, **env: str) -> ServerProcess:
    """With a PostgreSQL of its own: a slot waits for all transactions of its server to end."""
    token = "a-token-for-the-tests-of-metrics"
    env |= {"EVENTS_URL": broker.url, "METRICS_TOKEN": token}
    return ServerProcess(data_dir, own_postgres=True, env=env)


def test_nothing_is_lost_while_broker_relay_and_server_are_killed(
    nats_server: NatsServer, data_dir: Path
) -> None:
    with served(data_dir, nats_server) as server:
        chat = Chat(server)
        chat.write(5)
        nats_server.kill()
        chat.write(5)
        kill_relay(server)
        nats_server.start()
        chat.write(5)
        check_stream(chat, asyncio.run(nats_server.read(chat.event_ids)))
        check_what_it_holds(server)

        server.kill()
        server.start()
        chat.write(5)
        check_stream(chat, asyncio.run(nats_server.read(chat.event_ids)))
        figures = figures_of(server)
        assert figures["chat_relay_silent_seconds"] < 3600
        assert figures["chat_relay_changes_behind"] >= 0

        assert server.stop() == 0
        assert not [each for each in psutil.process_iter() if is_relay_of(each, server)]


def test_several_relays_take_over_from_each_other(nats_server: NatsServer, data_dir: Path) -> None:
    """Of two, each is killed in turn; the one that is started instead takes the free part."""
    with served(data_dir, nats_server, EVENTS_RELAYS="2") as server:
        chats = two_parts(server)
        eventually(lambda: len(relays_of(server)) == 2, seconds=60)
        for relay in relays_of(server):
            for chat in chats:
                chat.write(5)
            relay.kill()
            relay.wait(20)
            for chat in chats:
                chat.write(5)
        for number, chat in enumerate(chats, 1):
            check_stream(chat, asyncio.run(nats_server.read(chat.event_ids, f"CHAT_{number}")))


def two_parts(server: ServerProcess) -> list[Chat]:
    """A conversation of each of two parts."""
    found: dict[Part, Chat] = {}
    while len(found) < 2:
        chat = Chat(server, f"ann{len(found)}-{uuid4().hex}@example.org")
        (part,) = (it for it in parts_of(2) if it.has(UUID(chat.id)))
        found.setdefault(part, chat)
    return [found[part] for part in parts_of(2)]


def is_relay_of(process: psutil.Process, server: ServerProcess) -> bool:
    try:
        return is_relay(process) and process.environ().get("DATA_DIR") == str(server.data_dir)
    except psutil.Error:
        return False


def figures_of(server: ServerProcess) -> dict[str, float]:
    headers = {"Authorization": f"Bearer {server.env['METRICS_TOKEN']}"}
    lines = httpx.get(f"{server.base_url}/metrics", headers=headers, timeout=30).text.splitlines()
    pairs = [line.split() for line in lines if line.startswith("chat_relay_")]
    return {name: float(value) for name, value in pairs}


def check_what_it_holds(server: ServerProcess) -> None:
    """One relay leads, by a slot that ends with it."""
    slots = (
        "SELECT slot_type, temporary FROM pg_replication_slots WHERE database = current_database()"
    )
    locks = (
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()"
    )
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        assert connection.execute(slots).fetchall() == [("logical", True)]
        assert connection.execute(locks).fetchone() == (1,)


@pytest.mark.brokers_long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["nats", "rabbitmq", "kafka"])
def test_campaign(name: str, data_dir: Path) -> None:
    """Brokers that keep what they have are killed, the other stands still; the relay is killed."""
    with SERVERS[name]() as broker, served(data_dir, broker) as server:
        chat = Chat(server)
        for turn in range(4):
            chat.write(100)
            if broker.keeps:
                broker.kill()
            else:
                broker.freeze()
            chat.write(100)
            if turn % 2:
                kill_relay(server)
            if broker.keeps:
                broker.start()
            else:
                broker.thaw()
            kill_relay(server)
        check_stream(chat, asyncio.run(broker.read(chat.event_ids)))
