"""The stages of the benchmark, one after the other on one running system.

Nothing here is a test: the figures are what they are. What is checked is that every acknowledged
message is stored, once and without a hole, and that every listener heard each of them.
"""

import asyncio
import gc
import resource
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import uvloop

from tests.benchmarks import idle, limits, rest, rooms, search_lag, sends
from tests.benchmarks.figures import Figure
from tests.benchmarks.plan import Plan
from tests.benchmarks.system import Site, running

Stage = Callable[[Site, Plan], Awaitable[list[Figure]]]

RATIO_GOAL = 1.0
ACK_GOALS = (2.0, 10.0)  # ms, p50 and p99
ACK_GOALS_BESIDE_READERS = (None, 20.0)


@dataclass(slots=True)
class Result:
    """What was measured, and the stages that failed with the reason."""

    figures: list[Figure] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Result", prefix: str) -> None:
        self.figures += [replace(each, stage=prefix + each.stage) for each in other.figures]
        self.failures |= {prefix + name: reason for name, reason in other.failures.items()}


def measure(
    plan: Plan,
    folder: Path,
    only: Collection[str] | None = None,
    *,
    workers: Sequence[int] = (1,),
    say: Callable[[str], object],
) -> Result:
    """Runs the stages on a server of its own in a new folder under `folder`, removed afterwards.

    For each number of `workers` anew; with more than one only those stages that it bears on.

    It has to be on a disk like that of production, since fsync is part of what is measured. A stage
    that fails does not keep the others from being measured.
    """
    _allow_many_files()
    sys.setswitchinterval(0.0005)  # for the thread that paces
    folder.mkdir(parents=True, exist_ok=True)
    result = Result()
    for count in workers:
        with tempfile.TemporaryDirectory(dir=folder, prefix="site-") as place:
            say(f"starting {count} server process(es) and filling the database")
            with running(Path(place), plan, count) as site:
                gc.collect()
                gc.freeze()
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    wanted = set(only or STAGES) & (MANY if count > 1 else set(STAGES))
                    found = runner.run(_measure(site, plan, wanted, say))
        result.add(found, "" if count == 1 else f"{count} workers: ")
    return result


async def _measure(
    site: Site, plan: Plan, wanted: Collection[str], say: Callable[[str], object]
) -> Result:
    result = Result()
    for name, stage in STAGES.items():
        if name in wanted:
            say(name)
            try:
                result.figures += await stage(site, plan)
            except Exception:  # noqa: BLE001 (whatever it is, it is told at the end)
                result.failures[name] = traceback.format_exc()
    return result


async def _sends(site: Site, plan: Plan) -> list[Figure]:
    """pgbench before and after, since a disk's speed drifts; the ratio is to the mean of both."""
    first = await asyncio.to_thread(limits.pgbench, site, plan)
    acknowledged = await sends.acknowledged(site, plan)
    second = await asyncio.to_thread(limits.pgbench, site, plan)
    best = max((f for f in acknowledged if f.unit == "/s"), key=lambda figure: figure.value)
    ratio = 2 * best.value / (first.value + second.value)
    name = f"{best.name} to pgbench"
    return [
        first,
        second,
        *acknowledged,
        Figure("acknowledged sends", name, ratio, "x", RATIO_GOAL),
    ]


async def _paced(site: Site, plan: Plan) -> list[Figure]:
    alone = await sends.paced(site, plan, "alone", ACK_GOALS)
    pages = rest.history_pages(site)
    async with rest.calling(site.port, plan.readers, pages) as readers:
        name = f"beside {plan.readers} history readers"
        beside = await sends.paced(site, plan, name, ACK_GOALS_BESIDE_READERS)
        beside[0].details["pages_read"] = sum(len(reader.took) for reader in readers)
    return alone + beside


async def _rooms(site: Site, plan: Plan) -> list[Figure]:
    return [figure for size in plan.rooms for figure in await rooms.delivered(site, plan, size)]


async def _raw(site: Site, plan: Plan) -> list[Figure]:
    deliveries = [await limits.bare_deliveries(plan, size) for size in plan.rooms]
    return [await limits.bare_acks(plan), *deliveries, await limits.redis_publishes(plan)]


STAGES: dict[str, Stage] = {
    "idle": idle.kept,  # first, since a process that had others before has room left of them
    # Before those that send more than the search index can follow, or it would be at work beside.
    "history": rest.read_history,
    "inbox": rest.read_inbox,
    "first-view": rest.open_in_browser,
    "rest-sends": rest.send,
    "latency": _paced,
    "sends": _sends,
    "search": search_lag.followed,
    "rooms": _rooms,
    "raw": _raw,
}

MANY = {"sends", "latency", "rooms", "idle"}  # what several processes bear on


def _allow_many_files() -> None:
    """Server and generator need a file for each socket."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
