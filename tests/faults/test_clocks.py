"""One process' clock is a day off: the order stays, and every socket hears everything."""

from pathlib import Path

import libfaketime
import pytest
from django.utils.dateparse import parse_datetime

from tests.faults.figures import record
from tests.faults.load import Load
from tests.faults.system import System

LIBRARY = Path(libfaketime.__file__).parent / "vendor/libfaketime/src/libfaketime.so.1"


@pytest.mark.faults_long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("offset", ["+25h", "-25h"])
async def test_a_clock_that_is_off(folder: Path, offset: str) -> None:
    system = System(folder)
    system.servers[0].env |= {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME": offset,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    with system:
        async with Load(system.servers, folder, people=6, devices=2, conversations=8) as load:
            load.begin()
            await load.sent(1_000)
            await load.end()
            took = await load.converge()
            times = [
                [parse_datetime(message["createdAt"]) for message in await load.log(conversation)]
                for conversation in load.conversations
            ]
        verdict = load.verdict(system.database_url)
    inverted = sum(it != sorted(it) for it in times)  # type: ignore[type-var]
    record(
        f"one process' clock off by {offset}",
        "no inversion, no deaf socket",
        f"{verdict}; all had everything {took:.1f} s after the last send; "
        f"{inverted} conversations whose times go back",
    )
    assert verdict.is_clean, verdict
    assert not inverted
