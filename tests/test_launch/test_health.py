"""`/healthz` and `/readyz` tell the truth, and answer whoever asks in whatever way."""

from pathlib import Path

import httpx
import psycopg
import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from chatproject.core import health
from tests import database
from tests.servers import ServerProcess
from tests.waiting import eventually


@pytest.mark.parametrize("path", ["/healthz", "/healthz/"])
def test_alive_without_touching_anything(client: Client, path: str) -> None:
    # Without the `db` fixture a query fails the test.
    answer = client.get(path, headers={"host": "10.1.2.3:8000"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer["Cache-Control"] == "no-store"


def test_alive_over_plain_http_in_production(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert client.get("/").status_code == 301


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
        admin.execute(
            psycopg.sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(
                psycopg.sql.Identifier(name)
            )
        )
    eventually(server.is_ready)


async def test_storage_that_is_gone(settings: Settings, tmp_path: Path) -> None:
    missing = {
        "BACKEND": "chatproject.core.stores.folder.FolderStorage",
        "OPTIONS": {"location": str(tmp_path / "missing")},
    }
    settings.STORAGES = {**settings.STORAGES, "default": missing}
    with pytest.raises(PermissionError):
        await health.check_storage()
    (tmp_path / "missing").mkdir()
    await health.check_storage()


async def test_bus_that_was_not_started() -> None:
    with pytest.raises(ConnectionError):
        await health.check_bus()
