"""What the search's index costs those who send, and how far it is behind them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.benchmarks import sends
from tests.benchmarks.figures import Figure, at
from tests.benchmarks.plan import Plan
from tests.benchmarks.system import Site
from tests.freezing import frozen

TURNS = 3  # with and without, one after the other, since the machine's speed drifts
LOST_GOAL, BEHIND_GOAL = 10.0, 1_000.0  # per cent, ms
LOOK_EVERY = 0.1
INDEXER = b"messaging.search.index_process"

# The age of the oldest message of these conversations that is not in the index.
BEHIND = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - m.created_at)), 0)::float
FROM conversations_conversation c
LEFT JOIN messaging_searchcursor s ON s.conversation_id = c.id
CROSS JOIN LATERAL (
    SELECT created_at FROM messaging_message
    WHERE conversation_id = c.id AND rev > coalesce(s.rev, 0) ORDER BY rev LIMIT 1) m
WHERE c.id = ANY(%s) AND c.last_rev > coalesce(s.rev, 0)
"""


async def followed(site: Site, plan: Plan) -> list[Figure]:
    """The rate of sends beside an index that is kept up and without, and how far it is behind."""
    await asyncio.to_thread(site.until_indexed)
    count, windows = plan.senders[-2]
    rates: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * TURNS):
        is_followed = turn % 2 == 0
        async with _indexing(site, is_on=is_followed):
            figure = await sends.closed_loop(site, plan, count, windows[-1])
        rates[is_followed].append(figure.value)
        await asyncio.to_thread(site.until_indexed)
    with_it, without = (at(sorted(rates[key]), 0.5) for key in (True, False))
    lost = 100 * (1 - with_it / without)
    name = f"{count} senders (window {windows[-1]})"
    stage = "search's index"
    return [
        Figure(stage, f"{name}, index kept up", with_it, "/s"),
        Figure(stage, f"{name}, index stopped", without, "/s"),
        Figure(stage, "lost by the index", lost, "%", LOST_GOAL, True, details={"rates": rates}),
        *await _lag(site, plan, stage),
    ]


async def _lag(site: Site, plan: Plan, stage: str) -> list[Figure]:
    """At a fixed rate, looked at ten times a second."""
    seen: list[float] = []
    looking = asyncio.create_task(_look(site, seen))
    try:
        await sends.paced(site, plan, "indexed", (None, None))
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    name = f"behind at {plan.paced_rate:,} sends/s"
    ms = [1000 * each for each in seen]
    return [
        Figure(stage, f"{name}, p50", at(ms, 0.5), "ms"),
        Figure(stage, f"{name}, longest", max(ms, default=0.0), "ms", BEHIND_GOAL, True),
    ]


async def _look(site: Site, seen: list[float]) -> None:
    while True:
        seen.append(await asyncio.to_thread(_one, site, BEHIND, [list(site.world.pairs)]))
        await asyncio.sleep(LOOK_EVERY)


def _one(site: Site, query: str, params: Sequence[object]) -> float:
    row = site.database.execute(query, params).fetchone()
    assert row is not None
    return float(row[0])


@asynccontextmanager
async def _indexing(site: Site, *, is_on: bool) -> AsyncIterator[None]:
    """The server's indexer stands still where it is not."""
    process = _indexer(site)
    with frozen([] if is_on else [process]):
        yield


def _indexer(site: Site) -> int:
    server = site.server.process
    assert server is not None
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == server.pid and INDEXER in (entry / "cmdline").read_bytes():
                return int(entry.name)
        except OSError:
            continue
    raise RuntimeError("the server has no process that indexes")
