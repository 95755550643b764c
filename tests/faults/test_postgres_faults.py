"""PostgreSQL is killed, stands still, has no disk or no connection left: never a lie, and back."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests import database
from tests.faults.figures import record
from tests.faults.load import Load
from tests.faults.rest_sender import RestSender
from tests.faults.system import SETTINGS, System
from tests.journeys.stage import Stage, holds
from tests.servers import ServerProcess

ROOM = 700 * 1024**2  # of the small disk
EXITS = 10.0  # seconds
REFUSALS = {(503, "unavailable"), (503, "busy")}


def check(rest: RestSender) -> None:
    assert rest.answers.keys() <= {(200, ""), *REFUSALS}, rest.answers
    assert not rest.broken
    assert rest.answers[200, ""]


@pytest.mark.faults_long
@pytest.mark.timeout(1_200)
async def test_10_killed_postgres_and_one_that_stands_still_for_20_seconds(folder: Path) -> None:
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
                await system.kill_postgres()
                took.append(await load.converge())
            await load.sent(100)
            before = rest.answers.copy()
            async with system.frozen_postgres():
                await asyncio.sleep(20)
            frozen = rest.answers - before
            took.append(await load.converge())
            await load.sent(100)
            await load.end()
            await load.converge()
            missing = await rest.missing()
        verdict = load.verdict(system.database_url)
    record(
        "10 x PostgreSQL SIGKILL; SIGSTOP for 20 s",
        "503 with a code, never a 2xx that isn't stored; recovery by itself; 0 lost",
        f"{verdict}; {rest}; while it stood still {dict(frozen)}; {len(missing)} of the 2xx not "
        f"stored; converged within {max(took):.1f} s",
    )
    assert verdict.is_clean, verdict
    assert not missing
    check(rest)


@pytest.mark.faults_long
@pytest.mark.timeout(600)
async def test_no_connection_left(folder: Path) -> None:
    """Ours are broken, and there are no others."""
    with System(folder, own_postgres=True) as system:
        assert system.postgres is not None
        async with (
            Load(system.servers, folder, people=4, devices=2, conversations=5) as load,
            Stage(system.servers[0]) as stage,
            RestSender(stage) as rest,
        ):
            load.begin()
            await load.sent(200)
            before = rest.answers.copy()
            with no_connections(system):
                await asyncio.sleep(10)  # how long there are none is what is tried
            refused = rest.answers - before
            begun = time.monotonic()
            await load.sent(200)
            back = time.monotonic() - begun
            await load.end()
            await load.converge()
            missing = await rest.missing()
        verdict = load.verdict(system.database_url)
    record(
        "no connection to PostgreSQL left, for 10 s",
        "503 with a code, never a 2xx that isn't stored; recovery by itself; 0 lost",
        f"{verdict}; meanwhile {dict(refused)}; 200 sends {back:.1f} s after it was over",
    )
    assert verdict.is_clean, verdict
    assert refused.keys() & REFUSALS
    assert not missing
    check(rest)


@contextmanager
def no_connections(system: System) -> Iterator[None]:
    """The role of the servers has none, and gets none: PostgreSQL refuses them as it does where all
    are taken."""
    assert system.postgres is not None
    with system.postgres.connect() as superuser:
        superuser.autocommit = True
        superuser.execute("ALTER ROLE chat CONNECTION LIMIT 0")
        try:
            while superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'chat'"
            ).rowcount:
                time.sleep(0.05)
            with pytest.raises(psycopg.OperationalError, match="too many connections"):
                psycopg.connect(system.database_url)
            yield
        finally:
            superuser.execute("ALTER ROLE chat CONNECTION LIMIT -1")


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own, which only root may make."""
    folder.mkdir()
    options = f"size={ROOM},mode=0755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    # A server links its static files, which goes on one disk only.
    shutil.copytree(database.FOLDER / "static", folder / "data" / "static")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.faults_long
@pytest.mark.timeout(600)
async def test_no_disk_left(folder: Path) -> None:
    """The server looks after its PostgreSQL itself, and both have one small disk."""
    with (
        small_disk(folder / "disk") as disk,
        ServerProcess(disk / "data", own_postgres=True, env=SETTINGS) as server,
    ):
        async with (
            Load([server], folder, people=4, devices=2, conversations=5) as load,
            Stage(server) as stage,
            RestSender(stage) as rest,
        ):
            load.begin()
            await load.sent(200)
            before = rest.answers.copy()
            ballast = disk / "ballast"
            with ballast.open("wb") as file, suppress(OSError):
                os.posix_fallocate(file.fileno(), 0, os.statvfs(disk).f_bavail * 4096)
            await holds(lambda: any_refused(rest, before), "nothing was refused", seconds=120)
            await asyncio.sleep(10)
            refused = rest.answers - before
            ballast.unlink()
            begun = time.monotonic()
            await load.sent(200)
            back = time.monotonic() - begun
            await load.end()
            await load.converge()
            missing = await rest.missing()
        assert server.postgres is not None
        verdict = load.verdict(server.database_url)
    record(
        "PostgreSQL's disk full",
        "503 or 507 with a code, never a 2xx that isn't stored; recovery by itself; 0 lost",
        f"{verdict}; meanwhile {dict(refused)}; {len(missing)} of the 2xx not stored; 200 sends "
        f"{back:.1f} s after there was room",
    )
    assert verdict.is_clean, verdict
    assert not missing
    assert {status for status, _ in rest.answers} <= {200, 503, 507}


async def any_refused(rest: RestSender, before: object) -> bool:
    return bool({status for status, _ in rest.answers} & {503, 507})


@pytest.mark.faults_long
@pytest.mark.timeout(300)
async def test_a_stop_while_postgres_stands_still(folder: Path) -> None:
    """Sends wait for it, by socket and by REST."""
    with System(folder, servers=1, own_postgres=True) as system:
        (server,) = system.servers
        async with (
            Load([server], folder, people=2, devices=1, conversations=2) as load,
            Stage(server) as stage,
            RestSender(stage),
        ):
            load.begin()
            await load.sent(20)
            async with system.frozen_postgres():
                await asyncio.sleep(1)  # until some wait
                begun = time.monotonic()
                await asyncio.to_thread(server.stop)
                took = time.monotonic() - begun
            await asyncio.to_thread(server.start)
            await load.end()
            await load.converge()
        verdict = load.verdict(system.database_url)
    record(
        "SIGTERM while PostgreSQL stands still",
        "exit within 10 s; 0 lost",
        f"{verdict}; exit after {took:.1f} s",
    )
    assert verdict.is_clean, verdict
    assert took < EXITS
