"""What the hot path saves: `python -m tests.benchmarks.paths [turns]`.

The same calls on the same server, by either path in turns of a second, since the machine's speed
changes within minutes. A request with `format=json` is not plain, and goes through Django.
"""

import asyncio
import os
import secrets
import statistics
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))  # the server gets the same

import django

django.setup()

from tests.benchmarks import rest  # noqa: E402 (models need the setup)
from tests.benchmarks.plan import Plan  # noqa: E402
from tests.benchmarks.rest import NextRequest, calling  # noqa: E402
from tests.benchmarks.system import Site, running  # noqa: E402

PLAN = Plan(people=1_000, idle=100, rooms=(100,), senders=((20, (1,)),))
SECONDS, WARM_UP = 1.0, 0.2
TURNS = 5
PATHS = {"Django": "format=json", "hot path": ""}

Requests = Callable[[Site, str], NextRequest]


def inbox(limit: int) -> Requests:
    return lambda site, query: rest.inbox(site, limit, query)


STAGES: dict[str, tuple[int, Requests]] = {
    "a page of 50 from anywhere, 8 readers": (8, rest.history_pages),
    "the last page of 50, 8 readers": (8, rest.last_page),
    "inbox, first 50 of 500, 1 reader": (1, inbox(50)),
    "inbox, all 500, 1 reader": (1, inbox(500)),
    "sends, 1 connection": (1, rest.posts),
    "sends, 16 connections": (16, rest.posts),
    "sends, 64 connections": (64, rest.posts),
}


async def measure(site: Site, turns: int) -> None:
    for stage, (connections, requests) in STAGES.items():
        found: dict[str, list[tuple[float, ...]]] = {name: [] for name in PATHS}
        for _ in range(turns):
            for name, how in PATHS.items():
                found[name].append(await _turn(site, connections, requests(site, how)))
        print(stage)
        medians = {}
        for name, rows in found.items():
            medians[name] = [statistics.median(column) for column in zip(*rows, strict=True)]
            rate, p50, p99, server, postgres = medians[name]
            print(
                f"  {name:10} {rate:8.0f}/s  p50 {p50:7.2f} ms  p99 {p99:7.2f} ms"
                f"  server {server:6.2f} ms  PostgreSQL {postgres:6.2f} ms"
            )
        ratios = [hot[0] / django[0] for django, hot in zip(*found.values(), strict=True)]
        print(f"  ratio of the rates, turn by turn: {', '.join(f'{it:.1f}' for it in ratios)}")


async def _turn(site: Site, connections: int, ask: NextRequest) -> tuple[float, ...]:
    """Requests a second, p50 and p99 in ms, CPU of the server and of PostgreSQL in ms for one."""
    async with calling(site.port, connections, ask) as made:
        await asyncio.sleep(WARM_UP)
        for caller in made:
            caller.took = array("d")
        begun_at = time.perf_counter()
        with site.accounts.watch() as usage:
            await asyncio.sleep(SECONDS)
        seconds = time.perf_counter() - begun_at
        took = sorted(_all(made))
    number = max(1, len(took))
    marks = [1000 * took[min(len(took) - 1, int(len(took) * part))] for part in (0.5, 0.99)]
    cpu = [1000 * usage.cpu[who] / number for who in ("server", "postgres")]
    return (number / seconds, *marks, *cpu)


def _all(callers: list[object]) -> Iterator[float]:
    for caller in callers:
        yield from caller.took  # type: ignore[attr-defined]


def main() -> None:
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as folder:
        Path(folder).chmod(0o755)
        with running(Path(folder), PLAN) as site:
            asyncio.run(measure(site, turns))


if __name__ == "__main__":
    main()
