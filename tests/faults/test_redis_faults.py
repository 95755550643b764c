"""Redis is killed and comes back empty, or stands still: sends go on, and all converge."""

import asyncio
import time
from pathlib import Path
from statistics import quantiles
from typing import Self
from uuid import uuid4

import httpx
import pytest

from tests.faults.figures import record
from tests.faults.load import Load
from tests.faults.system import System
from tests.journeys.stage import Stage


class RestSender:
    """Sends by REST at a steady pace; the statuses, and how long each answer took."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.statuses: list[int] = []
        self.seconds: list[float] = []

    async def __aenter__(self) -> Self:
        person = await self._stage.person("Rita")
        group = await self._stage.group(person)
        headers = {"Authorization": f"Bearer {await person.token()}"}
        base_url = self._stage.server.base_url
        self._http = httpx.AsyncClient(base_url=base_url, headers=headers, timeout=60)
        self._sending = asyncio.create_task(self._send(f"/v1/conversations/{group}/messages"))
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._sending.cancel()
        await asyncio.gather(self._sending, return_exceptions=True)
        await self._http.aclose()

    async def _send(self, path: str) -> None:
        while True:
            begun = time.monotonic()
            body = {"content": "by REST", "clientId": str(uuid4())}
            answer = await self._http.post(path, json=body)
            self.seconds.append(time.monotonic() - begun)
            self.statuses.append(answer.status_code)
            await asyncio.sleep(0.05)

    def p99(self) -> float:
        return quantiles(self.seconds, n=100)[98]


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
        f"{verdict}; {len(rest.statuses)} sends by REST, all {set(rest.statuses)}, p99 "
        f"{rest.p99() * 1000:.0f} ms; converged within {max(took):.1f} s",
    )
    assert verdict.is_clean, verdict
    assert set(rest.statuses) == {200}
    assert rest.p99() < 1.5
    assert max(took) < 5
