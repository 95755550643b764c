"""A line that loses everything for a minute: both ends notice, and resume where they were."""

import asyncio
from pathlib import Path

import pytest

from tests.faults.figures import record
from tests.faults.line import Line
from tests.faults.load import Load
from tests.faults.system import System

NOTICED = 45.0  # seconds
WAYS = {
    "both ways": {"up": True, "down": True},
    "from the clients": {"up": True},
    "from the server": {"down": True},
}


@pytest.mark.faults_long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", WAYS)
async def test_60_seconds_of_dropped_packets(folder: Path, way: str) -> None:
    with System(folder, servers=1) as system:
        (server,) = system.servers
        async with (
            Line(server.port) as line,
            Load([server], folder, urls=[server.base_url, line.base_url], rate=30) as load,
        ):
            load.begin()
            await load.sent(200)
            line.drop(**WAYS[way])
            await asyncio.sleep(60)
            line.drop()
            took = await load.converge()
            await load.sent(200)
            await load.end()
            await load.converge()
        verdict = load.verdict(system.database_url)
    noticed = {end: max(seconds) for end, seconds in line.noticed.items() if seconds}
    told = ", ".join(f"{end} {seconds:.0f} s" for end, seconds in noticed.items())
    record(
        f"60 s of dropped packets, {way}",
        "noticed within 45 s, resumed, nothing lost or doubled",
        f"{verdict}; noticed by {told}; converged {took:.1f} s after the line was whole",
    )
    assert verdict.is_clean, verdict
    assert noticed
    assert max(noticed.values()) < NOTICED
