"""Redis is killed and comes back empty, or stands still: sends go on, and all converge."""

import asyncio
from pathlib import Path

import pytest

from tests.faults.figures import record
from tests.faults.load import Load
from tests.faults.rest_sender import RestSender
from tests.faults.system import System
from tests.journeys.stage import Stage


@pytest.mark.faults_long
@pytest.mark.timeout(1_200)
async def test_10_killed_redis_and_one_that_stands_still_for_30_seconds(folder: Path) -> None:
    took: list[float] = []
    with System(folder, own_postgres=True) as system:
        async with (
            Load(system.servers, folder, rate=60) as load,
            Stage(system.servers[0]) as stage,
            RestSender(stage) as rest,
        ):
            load.begin()
            for _ in range(10):
                await load.sent(100)
                await system.kill_redis(1.0)
                took.append(await load.converge())
            await load.sent(100)
            async with system.frozen_redis():
                await asyncio.sleep(30)
            took.append(await load.converge())
            await load.end()
            await load.converge()
        verdict = load.verdict(system.database_url)
    record(
        "10 x Redis SIGKILL, restarted empty; SIGSTOP for 30 s",
        "sends by REST all 2xx, p99 under 1.5 s; converged within 5 s",
        f"{verdict}; {rest}, p99 {rest.p99() * 1000:.0f} ms;  converged within {max(took):.1f} s",
    )
    assert verdict.is_clean, verdict
    assert set(rest.answers) == {(200, "")}
    assert not rest.broken
    assert rest.p99() < 1.5
    assert max(took) < 5
