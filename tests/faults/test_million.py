"""The longest campaign: a million messages while everything is killed at random.

`make faults ARGS=--long`; `--messages` says how many if not a million.
"""

import asyncio
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.figures import record
from tests.faults.load import Load
from tests.faults.system import System

PAUSE = (5.0, 20.0)  # seconds between two faults


@pytest.mark.faults_long
@pytest.mark.timeout(4 * 3_600)
async def test_random_kills_of_everything(folder: Path, messages: int) -> None:
    kills: Counter[str] = Counter()
    begun = time.monotonic()
    with System(folder, own_postgres=True) as system:
        faults = {
            "server 0": lambda: system.kill_server(0),
            "server 1": lambda: system.kill_server(1),
            "Redis": lambda: system.kill_redis(1.0),
            "PostgreSQL": system.kill_postgres,
        }
        async with Load(system.servers, folder, members=2, devices=2, rate=500) as load:
            load.begin()
            sending = asyncio.create_task(load.sent(messages))
            while not sending.done():
                await asyncio.wait([sending], timeout=random.uniform(*PAUSE))
                if not sending.done():
                    name = random.choice(list(faults))
                    await faults[name]()
                    kills[name] += 1
            await sending
            await load.end()
            converged = await load.converge()
        verdict = load.verdict(system.database_url)
    minutes = (time.monotonic() - begun) / 60
    told = ", ".join(f"{name} {count} x" for name, count in sorted(kills.items()))
    record(
        "random kills of everything under load",
        "1,000,000 acknowledged in an hour: 0 lost, 0 doubled, 0 reordered",
        f"{verdict}; {minutes:.0f} minutes; killed {told}; converged within {converged:.1f} s",
    )
    assert verdict.is_clean, verdict
    assert verdict.acknowledged >= messages
