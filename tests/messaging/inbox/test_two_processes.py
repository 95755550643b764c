"""Two servers with INBOX=entries on one database, with a real Redis between them: what people do
at one they see at the other at once, though entries are written by the relay."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil
import psycopg
import pytest
from django.conf import settings

from tests.journeys.stage import PASSWORD
from tests.messaging.inbox.test_follower_beside_a_server import FRESH, Person, ask, relay_of
from tests.redis_server import RedisServer
from tests.servers import ServerProcess
from tests.waiting import eventually

# As if the relay had just written, so that entries are trusted while it stands still.
TRUST = "UPDATE messaging_inboxstate SET applied_at = now() + interval '1 hour'"
IN_USE = """
SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE c.relname IN ('messaging_inboxentry', 'messaging_inboxstate', 'messaging_inboxcursor')
"""


@dataclass
class Pair:
    one: ServerProcess
    other: ServerProcess
    redis: RedisServer


@pytest.fixture
def pair() -> Iterator[Pair]:
    with RedisServer() as redis, TemporaryDirectory(prefix="chat-test-") as folder:
        env = {"REDIS_URL": redis.url, "RATE_LIMITS": "off", "INBOX": "entries"}
        env["SECRET_KEY"] = settings.SECRET_KEY
        with ServerProcess(Path(folder) / "one", own_postgres=True, env=env) as one:
            env["DATABASE_URL"] = one.database_url
            with ServerProcess(Path(folder) / "other", env=env) as other:
                yield Pair(one, other, redis)


class Guest:
    """Somebody who is registered at one server, as they are at the other."""

    def __init__(self, person: Person, server: ServerProcess) -> None:
        login = {"email": f"{person.name}@example.org", "password": PASSWORD}
        answer = httpx.post(f"{server.base_url}/v1/users/login", json=login).raise_for_status()
        headers = {"Authorization": f"Bearer {answer.json()['access']}"}
        self.client = httpx.Client(base_url=server.base_url, headers=headers, timeout=30)

    def inbox(self) -> list[str]:
        answer = self.client.get("/v1/conversations").raise_for_status().json()
        return [each["id"] for each in answer["results"]]


def stand_still(pair: Pair) -> list[psutil.Process]:
    """Stops the relays, in no transaction; entries are trusted until they go on."""
    eventually(lambda: bool(ask(pair.one, FRESH)), seconds=60)
    relays = [relay for server in (pair.one, pair.other) if (relay := relay_of(server))]
    assert relays

    def are_still() -> bool:
        for relay in relays:
            relay.suspend()
        if not ask(pair.one, IN_USE):
            return True
        for relay in relays:
            relay.resume()
        return False

    eventually(are_still, seconds=60)
    with psycopg.connect(pair.one.database_url, autocommit=True) as own:
        own.execute(TRUST)
    return relays


@pytest.mark.timeout(600)
def test_one_reads_by_the_other_what_one_wrote(pair: Pair) -> None:
    ann, ben, eve = (Person(pair.one, name) for name in ("ann", "ben", "eve"))
    first, second, third = (ann.open(name, ben) for name in ("first", "second", "third"))
    for place in (first, second, third):
        ann.write(place)
    at_other = {it.name: Guest(it, pair.other) for it in (ann, ben, eve)}
    eventually(lambda: ben.inbox() == [third, second, first], seconds=60)
    relays = stand_still(pair)
    try:
        assert at_other["ben"].inbox() == [third, second, first]
        ann.write(first)
        assert ann.inbox() == [first, third, second]
        eventually(lambda: at_other["ann"].inbox() == [first, third, second])
        # Ben's entries are as the relay has left them, at both servers: nobody asks counters.
        assert ben.inbox() == at_other["ben"].inbox() == [third, second, first]
        path = f"/v1/conversations/{second}/pin"
        ann.client.post(path).raise_for_status()
        assert at_other["ann"].inbox() == [second, first, third]
        at_other["ann"].client.delete(path).raise_for_status()
        assert ann.inbox() == [first, third, second]
        fourth = ann.open("fourth", ben)
        assert fourth in at_other["ann"].inbox()
        assert fourth in at_other["ben"].inbox()
        ben.client.post(f"/v1/conversations/{third}/leave").raise_for_status()
        assert third not in at_other["ben"].inbox()
        assert third in at_other["ann"].inbox()
        assert at_other["eve"].inbox() == eve.inbox() == []
    finally:
        for relay in relays:
            relay.resume()
    ann.write(second)
    wanted = [second, first, fourth]
    eventually(lambda: sorted(at_other["ben"].inbox()) == sorted(wanted), seconds=60)
    eventually(lambda: at_other["ben"].inbox()[0] == second, seconds=60)
    eventually(lambda: ben.inbox() == at_other["ben"].inbox(), seconds=60)
