"""What sends and pages cost each node of a distributed database, by which node they are asked over.

    CITUS_URL=… .venv/bin/python -m tests.benchmarks.nodes [--rounds 6] [--calls 100]

The ways take turns: over the coordinator, over any worker, over the worker that has it, and, of
what is read, of that worker's own tables past Citus (SHARD_READS). CPU of PostgreSQL's backends by
node, which other work on the machine does not distort as it does a rate; the nodes have to be on
this machine.
"""

import argparse
import asyncio
import os
import statistics
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from chatproject.core.db.async_pool import AsyncPool  # noqa: E402
from chatproject.core.db.distributed.hosts import COORDINATOR  # noqa: E402
from chatproject.core.db.distributed.nodes import nodes  # noqa: E402
from conversations.models import Conversation  # noqa: E402
from messaging.reads import history  # noqa: E402
from messaging.reads.cache.latest_page_cache import latest_pages  # noqa: E402
from messaging.reads.inbox.conversations import Filters, list_inbox  # noqa: E402
from messaging.sending.connections import BorrowedConnections, Connections  # noqa: E402
from messaging.sending.drafts import Draft  # noqa: E402
from messaging.sending.send import store_messages_async  # noqa: E402
from tests import database  # noqa: E402
from tests.benchmarks.backends import seconds_by_node  # noqa: E402
from tests.cast import make_conversation, make_person, say  # noqa: E402

CONVERSATIONS, PEOPLE, PAST = 40, 20, 60
TEXT = "a message of the usual length, which is some hundred characters or so, in words of no use"
WARMING = 10
PAST_CITUS = "its worker, past Citus"

Pick = Callable[[int], int]  # of the node that has it, the one that is asked
Call = Callable[[Pick], Awaitable[None]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--calls", type=int, default=100, help="of each way in a round")
    parser.add_argument("--first", type=int, default=0, help="lines that are left out")
    options = parser.parse_args()
    database.make_template()
    name = connection.settings_dict["NAME"] = database.make_database()
    try:
        nodes.renew()
        assert nodes.are_several, "CITUS_URL names a cluster with workers"
        world = World()
        connection.close()
        asyncio.run(Benchmark(name, world).run(options))
    finally:
        connection.close()
        database.drop(name)


class World:
    """Groups with a past, by the node and the shard that has them."""

    def __init__(self) -> None:
        self.people = [make_person(f"P{n}") for n in range(PEOPLE)]
        self.groups = [make_conversation(*self.people) for _ in range(CONVERSATIONS)]
        for n in range(PAST):
            say(self.groups[0], self.people[n % PEOPLE], TEXT)
        self.by_node: dict[int, list[Conversation]] = defaultdict(list)
        for group in self.groups:
            self.by_node[nodes.of(group.pk)].append(group)


class Benchmark:
    def __init__(self, name: str, world: World) -> None:
        self._name, self._world = name, world
        self._number = count()
        self._pool = AsyncPool()
        self._connections = Connections(asyncio.to_thread)

    async def run(self, options: argparse.Namespace) -> None:
        turn = count()
        workers = sorted(nodes._workers)
        ways: dict[str, Pick] = {
            "coordinator": lambda _: COORDINATOR,
            "any worker": lambda _: workers[next(turn) % len(workers)],
            "its worker": lambda owner: owner or workers[next(turn) % len(workers)],
        }
        ways[PAST_CITUS] = ways["its worker"]
        calls: dict[str, tuple[Call, int]] = {
            "a message": (self._send_one, 1),
            "20 messages of a conversation": (self._send_many, 20),
            "a last page of 50, not in memory": (self._page, 1),
            f"an inbox of {CONVERSATIONS}": (self._inbox, 1),
        }
        for what, (call, size) in list(calls.items())[options.first :]:
            spent: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
            number = max(1, options.calls // size)
            for way, pick in ways.items():
                settings.SHARD_READS = way == PAST_CITUS
                for _ in range(WARMING):
                    await call(pick)
            for _ in range(options.rounds):
                for way, pick in ways.items():
                    settings.SHARD_READS = way == PAST_CITUS
                    before = await asyncio.to_thread(seconds_by_node, self._name)
                    for _ in range(number):
                        await call(pick)
                    after = await asyncio.to_thread(seconds_by_node, self._name)
                    spent[way].append({node: after[node] - before[node] for node in after})
            for way, turns in spent.items():
                print(f"{what}, over {way}: {told(turns, number * size)}", flush=True)
        self._connections.close()
        await self._pool.close()

    async def _send_one(self, pick: Pick) -> None:
        group = self._world.groups[next(self._number) % CONVERSATIONS]
        await self._send(group, 1, pick)

    async def _send_many(self, pick: Pick) -> None:
        group = self._world.groups[next(self._number) % CONVERSATIONS]
        await self._send(group, 20, pick)

    async def _send(self, group: Conversation, size: int, pick: Pick) -> None:
        drafts = [Draft(group.pk, self._world.people[n].pk, uuid4(), TEXT) for n in range(size)]
        taken = BorrowedConnections(self._connections)
        stored = 0
        ways = store_messages_async(lambda node: taken.to(pick(node)), drafts, asyncio.to_thread)
        async for results in ways:
            stored += sum(result.refusal is None for result in results.values())
        taken.give_back()
        assert stored == size

    async def _page(self, pick: Pick) -> None:
        group = self._world.groups[0]
        latest_pages.clear()
        reading = history.history_page.steps
        page = await self._pool.read(
            lambda: reading(
                conversation_id=group.pk,
                viewer_id=self._world.people[3].pk,
                anchor=history.PageAnchor(),
                limit=50,
            ),
            node=pick(nodes.of(group.pk)),
        )
        assert page

    async def _inbox(self, pick: Pick) -> None:
        asked = {"user_id": self._world.people[3].pk, "after": None, "filters": Filters()}
        found = await self._pool.read(
            lambda: list_inbox.steps(**asked, limit=50), node=pick(COORDINATOR)
        )
        assert len(found.kept) == CONVERSATIONS


def told(turns: Sequence[dict[str, float]], number: int) -> str:
    """Medians, in microseconds of each."""
    micros = {
        node: statistics.median(turn[node] for turn in turns) * 1e6 / number for node in turns[0]
    }
    total = statistics.median(sum(turn.values()) for turn in turns) * 1e6 / number
    parts = ", ".join(f"{node} {each:.0f}" for node, each in micros.items())
    return f"{total:.0f} µs ({parts})"


if __name__ == "__main__":
    main()
