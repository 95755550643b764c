"""Deliveries into one conversation: a few of its people post, all of them listen."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from tests.benchmarks.figures import Figure, cpu_per
from tests.benchmarks.plan import Plan
from tests.benchmarks.sends import Sender, Tally, check_stored, finish
from tests.benchmarks.system import Site, connected, refuse_failures

GOAL = 150_000
COST_GOAL = 8.0  # microseconds of CPU a delivery
ARRIVAL_SECONDS = 60


class Listener(Sender):
    """Counts the messages that it hears, its own too."""

    def __init__(self, request: bytes, conversation_id: UUID, tally: Tally) -> None:
        super().__init__(request, conversation_id, tally)
        self.heard = 0

    def on_event(self, data: bytes, body: int, end: int) -> None:
        self.heard += 1


async def delivered(site: Site, plan: Plan, size: int) -> list[Figure]:
    """Messages that arrived, from the first post until every listener has them all."""
    tally, room = Tally(), site.world.rooms[size]
    before = site.heads([room])
    connecting = time.perf_counter()
    async with connected(site.port, _listeners(site, size, room, tally)) as listeners:
        connects = size / (time.perf_counter() - connecting)
        with site.accounts.watch() as usage:
            for sender in listeners[: plan.room_senders]:
                for _ in range(plan.room_window):
                    sender.post()
            await asyncio.sleep(plan.seconds)
            await finish(tally, listeners)
            await arrive(tally.acked, listeners)
    check_stored(site, [room], before, tally)
    count = tally.acked * size
    details: dict[str, Any] = {
        "messages": tally.acked,
        "messages_per_second": round(tally.acked / usage.seconds),
        "connects_per_second": round(connects),
        "cpu_per_delivery": cpu_per(usage, count),
    }
    rate, shares = count / usage.seconds, usage.shares()
    name = f"{size:,} listeners"
    stage, spent = "deliveries into a room", details["cpu_per_delivery"]["server_us"]
    return [
        Figure(stage, name, rate, "/s", GOAL, False, shares, details),
        Figure(stage, f"CPU a delivery, {name}", spent, "µs", COST_GOAL, True),
    ]


def _listeners(site: Site, size: int, room: UUID, tally: Tally) -> list[Callable[[], Listener]]:
    def maker(person: int) -> Callable[[], Listener]:
        return lambda: Listener(site.handshake(person), room, tally)

    return [maker(person) for person in range(size)]


async def arrive(count: int, listeners: Sequence[Listener]) -> None:
    """Waits until every listener has heard `count` messages, none of them more."""
    async with asyncio.timeout(ARRIVAL_SECONDS):
        while min(listener.heard for listener in listeners) < count:
            refuse_failures(listeners)
            await asyncio.sleep(0.005)
    most = max(listener.heard for listener in listeners)
    if most > count:
        raise AssertionError(f"a listener heard {most} messages of {count}")
