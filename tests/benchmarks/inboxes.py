"""What a page of an inbox costs by counters and by entries: `python -m tests.benchmarks.inboxes`.

One person is in so many groups of six, each with a message. Both ways are asked in turns for the
first page of 50, and for which conversations are on it alone; where CITUS_URL names a distributed
database on this machine, in the event loop over connections to its workers, through Citus and past
it (SHARD_READS). CPU is that of all backends of all nodes, by the kernel's accounts.
"""

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable
from unittest.mock import patch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.models import User  # noqa: E402
from chatproject.core.db.async_pool import AsyncPool  # noqa: E402
from chatproject.core.db.distributed.nodes import nodes  # noqa: E402
from chatproject.core.ids import uuid7  # noqa: E402
from chatproject.server.embedded_postgres import lease  # noqa: E402
from messaging.reads.inbox import sources as inbox_sources  # noqa: E402
from messaging.reads.inbox.conversations import Filters, list_inbox  # noqa: E402
from messaging.reads.inbox.entry_cache import inbox_entries  # noqa: E402
from messaging.reads.inbox.listing import list_conversations  # noqa: E402
from tests import database  # noqa: E402
from tests.benchmarks.accounting import cpu_of  # noqa: E402
from tests.benchmarks.backends import seconds_by_node  # noqa: E402
from tests.cast import make_person  # noqa: E402
from tests.citus import cluster  # noqa: E402
from tests.messaging.inbox.keeping import catch_up  # noqa: E402

LIMIT = 50
WARMING = 3
Way = tuple[str, bool]
CONVERSATIONS = """
INSERT INTO conversations_conversation (id, kind, title, topic, created_by_id, created_at,
    last_seq, last_rev, last_at, last_message_at, member_count)
SELECT id, 'group', 'Group ' || n, '', %(owner)s, now(), 1, 1, at, at, %(size)s
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS c(id, n),
     LATERAL (SELECT now() - n * interval '1 minute' AS at) t
"""
PERIODS = """
INSERT INTO conversations_participant (id, conversation_id, user_id, joined_at)
SELECT gen_random_uuid(), c, u, now()
FROM unnest(%(ids)s::uuid[]) AS c, unnest(%(people)s::uuid[]) AS u
"""
MESSAGES = """
INSERT INTO messaging_message (id, conversation_id, seq, rev, sender_id, kind, body, created_at)
SELECT gen_random_uuid(), id, 1, 1, %(owner)s, 'text', 'a message of some words',
       now() - n * interval '1 minute'
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS c(id, n)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", nargs="*", type=int, default=[50, 500])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--calls", type=int, default=5, help="of each way in a round")
    parser.add_argument("--shards", type=int, default=cluster.SHARDS)
    options = parser.parse_args()
    cluster.SHARDS = options.shards
    if database.is_ours():
        lease.hold(database.CLUSTER)
    database.make_template()
    name = connection.settings_dict["NAME"] = database.make_database()
    try:
        nodes.renew()
        people = [make_person(f"Person {n}") for n in range(5)]
        for number in options.conversations:
            reader = make_reader(people, number)
            connection.close()
            measure(reader, number, options)
    finally:
        connection.close()
        database.drop(name)


def make_reader(people: list[User], number: int) -> User:
    reader = make_person(f"Reader of {number}")
    values = {
        "ids": [uuid7() for _ in range(number)],
        "people": [person.pk for person in (reader, *people)],
        "owner": people[0].pk,
        "size": len(people) + 1,
    }
    with connection.cursor() as cursor:
        for text in (CONVERSATIONS, PERIODS, MESSAGES):
            cursor.execute(text, values)
        cursor.execute("ANALYZE")
    assert catch_up().left == []
    return reader


def measure(reader: User, number: int, options: argparse.Namespace) -> None:
    with patch.object(inbox_sources, "IS_FRESH", "SELECT FROM messaging_inboxstate"):
        asyncio.run(Benchmark(reader, number).run(options))


class Benchmark:
    """`ways` are INBOX and whether shards are asked past Citus, which means nothing on one
    PostgreSQL."""

    def __init__(self, reader: User, number: int) -> None:
        self._reader, self._number = reader, number
        self._pool = AsyncPool()
        past = [False, True] if nodes.are_several else [False]
        self._ways = [(inbox, it) for it in past for inbox in ("counters", "entries")]

    async def run(self, options: argparse.Namespace) -> None:
        for what, call in (("page", self._page), ("which", self._keys)):
            answers = [await self._by(way, call) for _ in range(WARMING) for way in self._ways]
            assert all(answer == answers[0] for answer in answers)
            assert len(answers[0]) == min(self._number, LIMIT)
            spent = {way: [0.0, 0.0] for way in self._ways}
            for _ in range(options.rounds):
                for way, sums in spent.items():
                    before = await asyncio.to_thread(_cpu)
                    for _ in range(options.calls):
                        await self._by(way, call)
                    for place, seconds in enumerate(await asyncio.to_thread(_cpu)):
                        sums[place] += seconds - before[place]
            for (inbox, is_past), sums in spent.items():
                how = f"{inbox}, past Citus" if is_past else inbox
                told = f"{_ms(sums[0], options):.1f} ms and {_ms(sums[1], options):.1f} of Python"
                print(f"{self._number} conversations, {what}, by {how}: {told}", flush=True)
        await self._pool.close()

    async def _by(self, way: Way, call: Callable[[], Awaitable[list[str]]]) -> list[str]:
        settings.INBOX, settings.SHARD_READS = way
        return await call()

    async def _page(self) -> list[str]:
        inbox_entries.clear()
        asked = {"user_id": self._reader.pk, "after": None, "limit": LIMIT, "filters": Filters()}
        found = await self._pool.read(lambda: list_inbox.steps(**asked), node=nodes.next())
        return [entry.id for entry in found.kept]

    async def _keys(self) -> list[str]:
        asked = {"user_id": self._reader.pk, "after": None, "limit": LIMIT, "filters": Filters()}
        found = await self._pool.read(lambda: list_conversations(**asked), node=nodes.next())
        return [each.id for each in found]


def _ms(seconds: float, options: argparse.Namespace) -> float:
    return seconds * 1000 / (options.rounds * options.calls)


def _cpu() -> tuple[float, float]:
    """Seconds of all backends of the database, and of this process."""
    spent = seconds_by_node(connection.settings_dict["NAME"])
    return sum(spent.values()), cpu_of(os.getpid())


if __name__ == "__main__":
    main()
