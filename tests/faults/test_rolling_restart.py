"""Servers behind nginx are restarted one after the other: no call fails, no message is lost."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chatproject.realtime.websocket import CLOSE_GOING_AWAY
from tests.deploy.proxies import Proxy
from tests.faults.figures import record
from tests.faults.load import Load
from tests.faults.rest_sender import RestSender
from tests.faults.system import System
from tests.journeys.stage import Stage
from tests.servers import ServerProcess, free_port

EXITS = 10.0  # seconds


@dataclass
class Front:
    """What a stage needs of a server, by way of the proxy."""

    base_url: str
    ws_url: str


@pytest.fixture
def behind_nginx(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[System, Any]]:
    port = free_port()
    env = {
        "PUBLIC_URL": f"https://localhost:{port}",
        "TRUSTED_PROXIES": "127.0.0.1",
        "RATE_LIMITS": "on",  # as production asks for
        "SECRET_KEY": "b7Rz" * 20 + "0123456789abcdef",
    }
    system = System(folder, env=env)
    ports = [server.port for server in system.servers]
    place = folder / "nginx"
    place.mkdir()
    proxy = Proxy("nginx", place, port, *ports)
    monkeypatch.setenv("SSL_CERT_FILE", str(place / "certificate.pem"))
    with system, proxy.running():
        yield system, Front(proxy.url, proxy.url.replace("https", "wss") + "/v1/ws")


async def rolling_restarts(
    system: System, front: Any, folder: Path, times: int
) -> tuple[Load, RestSender, list[float], set[int]]:
    """The seconds that each exit took, and how a plain socket was closed each time."""
    exits: list[float] = []
    codes: set[int] = set()
    async with (
        Load([front], folder, people=4, devices=4, conversations=8, rate=30) as load,
        Stage(front) as stage,
        RestSender(stage, pause=0.1) as rest,
    ):
        load.begin()
        for number in range(times):
            server = system.servers[number % 2]
            await load.sent(30)
            async with Stage(server) as beside, beside.raw(rest.person, **proxied()) as socket:
                await socket.next_of("hello")
                exits.append(await asyncio.to_thread(stop, server))
                codes.add(await socket.close_code())
            await asyncio.to_thread(server.start)
        await load.end()
        await load.converge()
        assert not await rest.missing()
    return load, rest, exits, codes


def proxied() -> dict[str, str]:
    return {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}


def stop(server: ServerProcess) -> float:
    begun = time.monotonic()
    assert server.stop() == 0
    return time.monotonic() - begun


@pytest.mark.faults_long
@pytest.mark.timeout(1_800)
async def test_20_rolling_restarts(behind_nginx: tuple[System, Any], folder: Path) -> None:
    system, front = behind_nginx
    load, rest, exits, codes = await rolling_restarts(system, front, folder, 20)
    verdict = load.verdict(system.database_url)
    record(
        "20 x SIGTERM, rolling restart of two servers behind nginx",
        "no failed REST call, sockets told to come back, acks of what was taken are sent, exit "
        "within 10 s",
        f"{verdict}; {rest}; sockets closed with {codes}; exits within {max(exits):.1f} s",
    )
    assert verdict.is_clean, verdict
    assert rest.answers.keys() == {(200, "")}
    assert not rest.broken
    assert codes == {CLOSE_GOING_AWAY}
    assert max(exits) < EXITS
