"""`/healthz` and `/readyz` tell the truth, and answer whoever asks in whatever way."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from pytest_django.fixtures import Settings

from chatproject.asgi import application
from chatproject.server import health
from chatproject.server.request_threads import THREADS
from tests import database
from tests.servers import ServerProcess, free_port
from tests.waiting import eventually

PERSON = {"name": "Bea", "email": "bea@example.org", "password": "a-long-enough-one-7"}
LOGIN = {"email": "ann@example.org", "password": "wrong"}


async def get(path: str, host: str = "10.1.2.3:8000") -> httpx.Response:
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        return await client.get(path)


@pytest.mark.parametrize("path", ["/healthz", "/healthz/"])
async def test_alive_without_touching_anything(path: str) -> None:
    # Without the `db` fixture a query fails the test.
    answer = await get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_alive_while_every_request_thread_waits(data_dir: Path) -> None:
    """Requests that wait for a locked row take all threads, and the probe none."""
    with (
        ServerProcess(data_dir, env={"RATE_LIMITS": "off"}) as own,
        ThreadPoolExecutor(THREADS + 4) as pool,
        psycopg.connect(own.database_url) as holder,
        database.connect() as admin,
    ):
        users = f"{own.base_url}/v1/users"
        httpx.post(f"{users}/register", json=PERSON, timeout=30).raise_for_status()
        token = httpx.post(f"{users}/login", json=PERSON, timeout=30).json()["access"]
        headers = {"Authorization": f"Bearer {token}"}
        holder.execute("LOCK TABLE accounts_user, accounts_signin IN ACCESS EXCLUSIVE MODE")
        waiting = [
            pool.submit(httpx.get, f"{users}/me", headers=headers, timeout=60)
            for _ in range(THREADS + 4)
        ]
        eventually(lambda: locked(admin) == THREADS)
        assert httpx.get(f"{own.base_url}/healthz", timeout=5).status_code == 200
        holder.rollback()
        assert {each.result().status_code for each in waiting} == {200}


def locked(admin: "psycopg.Connection[Any]") -> int:
    """How many sessions wait for a lock."""
    found = admin.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND query LIKE '%accounts_%'"
    ).fetchone()
    assert found is not None
    return int(found[0])


def test_ready(server: ServerProcess) -> None:
    answer = httpx.get(f"{server.base_url}/readyz")
    assert answer.json() == {"status": "ok", "database": "ok", "bus": "ok", "storage": "ok"}
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")


def test_not_ready_while_the_database_is_away(server: ServerProcess) -> None:
    name = server.database_url.partition("?")[0].rpartition("/")[2]
    with database.connect() as admin:
        admin.execute(
            psycopg.sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(
                psycopg.sql.Identifier(name)
            )
        )
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        answer = httpx.get(f"{server.base_url}/readyz", timeout=10)
        assert answer.status_code == 503
        assert answer.json() == {
            "status": "failed",
            "database": "failed",
            "bus": "ok",
            "storage": "ok",
        }
        assert httpx.get(f"{server.base_url}/healthz").status_code == 200
        refused = httpx.post(f"{server.base_url}/v1/users/login", json=LOGIN, timeout=5)
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        admin.execute(
            psycopg.sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(
                psycopg.sql.Identifier(name)
            )
        )
    eventually(server.is_ready)


async def test_storage_that_is_gone(settings: Settings, tmp_path: Path) -> None:
    missing = {
        "BACKEND": "chatproject.core.storage.folder.FolderStorage",
        "OPTIONS": {"location": str(tmp_path / "missing")},
    }
    settings.STORAGES = {**settings.STORAGES, "default": missing}
    with pytest.raises(FileNotFoundError):
        await health.check_storage()
    (tmp_path / "missing").mkdir()
    await health.check_storage()


async def test_bus_that_was_not_started() -> None:
    with pytest.raises(ConnectionError):
        await health.check_bus()


def test_ready_under_runserver(data_dir: Path) -> None:
    """Which never says that it begins, so the first probe starts what is probed."""
    with_runserver = ServerProcess(data_dir)
    with_runserver.spawn("runserver", "--noreload", f"127.0.0.1:{with_runserver.port}")
    try:
        with_runserver.wait_until_ready()
    finally:
        with_runserver.close()


def test_a_redis_that_is_away_is_named_and_takes_nobody_out(data_dir: Path) -> None:
    env = {"REDIS_URL": f"redis://127.0.0.1:{free_port()}"}
    with ServerProcess(data_dir, env=env) as own:
        assert httpx.get(f"{own.base_url}/readyz").json()["bus"] == "away"
