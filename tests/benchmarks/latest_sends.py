"""What the pages in Redis take from sends: `python -m tests.benchmarks.latest_sends`.

Two servers on one database and one Redis, of which one writes pages there and the other has that
switched off. They take turns: a hundred senders of fifty conversations who each wait for their
acknowledgement, while both have all fifty pages in memory.
"""

import asyncio
import os
import secrets
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))  # the servers get the same
django.setup()

import httpx  # noqa: E402
from django.conf import settings  # noqa: E402

from tests.benchmarks.accounting import Accounts  # noqa: E402
from tests.benchmarks.figures import Figure  # noqa: E402
from tests.benchmarks.plan import QUICK  # noqa: E402
from tests.benchmarks.seed import seed  # noqa: E402
from tests.benchmarks.sends import closed_loop  # noqa: E402
from tests.benchmarks.system import Site  # noqa: E402
from tests.redis_server import RedisServer  # noqa: E402
from tests.servers import PRODUCT, ServerProcess  # noqa: E402

TURNS, SENDERS = 8, 100
PLAN = replace(QUICK, seconds=6.0, warm_up=1.0)
TOKEN = secrets.token_hex(32)


def main() -> None:
    with ExitStack() as held:
        folder = Path(held.enter_context(TemporaryDirectory(prefix="chat-bench-")))
        folder.chmod(0o755)
        redis = held.enter_context(RedisServer())
        env = {"RATE_LIMITS": "off", "SECRET_KEY": settings.SECRET_KEY, "REDIS_URL": redis.url}
        env |= {**PRODUCT, "METRICS_TOKEN": TOKEN}
        (folder / "static").mkdir()
        one = ServerProcess(
            folder / "off", own_postgres=True, env=env | {"REDIS_PAGE_CACHE_SIZE": "0"}
        )
        held.callback(one.close)
        one.manage("migrate", "--verbosity=0")
        assert one.postgres is not None
        with one.postgres.lock():
            one.postgres.start()
        database = held.enter_context(one.postgres.connect("chat"))
        world = seed(database, PLAN)
        one.start()
        env["DATABASE_URL"] = one.postgres.url("chat")
        other = ServerProcess(folder / "on", own_postgres=True, env=env)
        held.callback(other.close)
        other.start()
        postmaster = one.postgres.pid()
        assert postmaster is not None
        sites = {}
        for name, server in (("off", one), ("on", other)):
            assert server.process is not None
            processes = {"server": server.process.pid, "redis": redis.pid}
            accounts = Accounts(processes=processes, trees={"postgres": postmaster})
            sites[name] = Site(server, database, world, accounts)
        asyncio.run(_take_turns(sites))


async def _take_turns(sites: dict[str, Site]) -> None:
    found: dict[str, list[Figure]] = {name: [] for name in sites}
    for turn in range(TURNS):
        for name in sorted(sites, reverse=bool(turn % 2)):
            await _read_pages(sites[name])
            before = await _written(sites[name])
            figure = await closed_loop(sites[name], PLAN, SENDERS, 1)
            number = await _written(sites[name]) - before
            found[name].append(figure)
            print(name, f"{figure.value:.0f}/s", figure.details, f"{number:.0f} pages written")
    for name, figures in found.items():
        rate = median(figure.value for figure in figures)
        p99 = median(figure.details["ack_ms"]["p99"] for figure in figures)
        cpu = {
            who: median(figure.details["cpu_per_send"][f"{who}_us"] for figure in figures)
            for who in ("server", "postgres", "redis")
        }
        print(f"{name}: median {rate:.0f}/s, p99 {p99:.1f} ms, CPU a send {cpu} µs")
    ratios = [on.value / off.value for on, off in zip(found["on"], found["off"], strict=True)]
    print("rate on/off by turn:", " ".join(f"{it:.2f}" for it in sorted(ratios)))


async def _read_pages(site: Site) -> None:
    """So that the server has them all in memory."""
    async with httpx.AsyncClient(base_url=site.server.base_url) as client:
        for number in range(SENDERS // 2):
            headers = {"Authorization": f"Bearer {site.world.token(2 * number)}"}
            path = f"/v1/conversations/{site.world.pairs[number]}/messages"
            for _ in range(2):
                answer = await client.get(path, headers=headers)
                answer.raise_for_status()


async def _written(site: Site) -> float:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=site.server.base_url, headers=headers) as client:
        lines = (await client.get("/metrics")).text.splitlines()
    name = "chat_redis_pages_written_total "
    (number,) = [line.removeprefix(name) for line in lines if line.startswith(name)]
    return float(number)


if __name__ == "__main__":
    main()
