"""Sockets that only listen: what each of them keeps in memory, and how fast they come in."""

import time
from collections.abc import Callable

from tests.benchmarks.figures import Figure, cpu_per
from tests.benchmarks.plan import Plan
from tests.benchmarks.sends import paced
from tests.benchmarks.system import Site, connected
from tests.benchmarks.wire import Connection

GOAL = 35.0  # KiB
GOAL_CONNECTS = 600.0  # a second
AT_ONCE = 1_000  # come together, as after a restart


async def kept(site: Site, plan: Plan) -> list[Figure]:
    """Each socket is of another person, who is in `idle_conversations`; then others send."""

    def maker(person: int) -> Callable[[], Connection]:
        return lambda: Connection(site.handshake(person))

    before = site.accounts.memory("server")
    begun = time.perf_counter()
    with site.accounts.watch() as usage:
        opened = connected(site.port, [maker(it) for it in range(plan.idle)], at_once=AT_ONCE)
        sockets = await opened.__aenter__()
    took = time.perf_counter() - begun
    try:
        kib = (site.accounts.memory("server") - before) / 1024 / len(sockets)
        stage = f"{plan.idle:,} idle sockets, each in {plan.idle_conversations} conversations"
        details = {"cpu_per_connect": cpu_per(usage, len(sockets))}
        beside = await paced(site, plan, f"beside {plan.idle:,} idle sockets", (None, None))
    finally:
        await opened.__aexit__(None, None, None)
    return [
        Figure(stage, "memory of the server, a socket", kib, "KiB", GOAL, True),
        Figure(
            stage,
            f"connects, up to {AT_ONCE:,} at once",
            len(sockets) / took,
            "/s",
            GOAL_CONNECTS,
            shares=usage.shares(),
            details=details,
        ),
        *beside,
    ]
