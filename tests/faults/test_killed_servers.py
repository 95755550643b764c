"""Server processes are killed while everybody sends: nothing is lost, doubled or reordered."""

import random
from pathlib import Path

import pytest

from tests.faults.figures import record
from tests.faults.load import Load
from tests.faults.system import System


@pytest.mark.faults
async def test_a_killed_server_and_a_killed_redis(folder: Path) -> None:
    """The short form of this and of the campaign of Redis."""
    with System(folder) as system:
        async with Load(system.servers, folder, people=4, devices=2, conversations=5) as load:
            load.begin()
            await load.sent(50)
            await system.kill_server(0)
            await load.sent(50)
            await system.kill_redis()
            await load.sent(50)
            await load.end()
            await load.converge()
        verdict = load.verdict(system.database_url)
    assert verdict.is_clean, verdict
    assert verdict.acknowledged >= 150


@pytest.mark.faults_long
@pytest.mark.timeout(1_800)
async def test_20_killed_servers(folder: Path) -> None:
    took: list[float] = []
    with System(folder, own_postgres=True) as system:
        async with Load(system.servers, folder, rate=100) as load:
            load.begin()
            for _ in range(20):
                await load.sent(200)
                await system.kill_server(random.randrange(2))
                took.append(await load.converge())
            await load.end()
            await load.converge()
        verdict = load.verdict(system.database_url)
    record(
        "20 x SIGKILL of a server process, 40 sockets, 20 conversations",
        "0 lost, doubled, reordered; converged within 5 s",
        f"{verdict}; converged {max(took):.1f} s after the process served again at most",
    )
    assert verdict.is_clean, verdict
    assert max(took) < 5
