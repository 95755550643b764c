"""Shards move and are split, and a worker dies, while people write: nothing is lost, doubled or
reordered."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from tests.citus import cluster
from tests.faults.load import Load
from tests.servers import ServerProcess

pytestmark = [pytest.mark.citus, pytest.mark.timeout(600)]

ENV = {"RATE_LIMITS": "off", "SECRET_KEY": settings.SECRET_KEY}


@pytest.mark.parametrize(
    ("change", "groups", "rate"), [(cluster.move_shards, 4, 40), (cluster.split_shards, 2, 20)]
)
async def test_shards_move_or_are_split_under_load(
    folder: Path, change: Callable[[str, int], int], groups: int, rate: int
) -> None:
    """The server was started before."""
    with ServerProcess(folder / "server", env=ENV) as server:
        async with Load([server], folder, people=6, devices=2, conversations=16, rate=rate) as load:
            load.begin()
            await load.sent(100)
            changed = await asyncio.to_thread(change, server.database_url, groups)
            await load.sent(100)
            await load.end()
            await load.converge()
        verdict = load.verdict(server.database_url)
        assert changed == groups
        assert verdict.is_clean, verdict
        assert "All counters are right." in server.manage("check_unread")


async def test_a_worker_is_killed_and_comes_back(folder: Path) -> None:
    """What is on the other worker goes on; what was sent to the dead one waits for it."""
    worker = cluster.worker_to_kill()
    with ServerProcess(folder / "server", env=ENV) as server:
        async with Load([server], folder, people=6, devices=2, conversations=16, rate=40) as load:
            load.begin()
            for _ in range(3):
                await load.sent(60)
                worker.kill()
                await asyncio.sleep(2)  # for as long nobody answers there
                worker = await asyncio.to_thread(worker.start)
            await load.sent(100)
            await load.end()
            await load.converge()
        cluster.wait_until_whole(server.database_url)
        verdict = load.verdict(server.database_url)
        assert verdict.is_clean, verdict
        assert "All counters are right." in server.manage("check_unread")
