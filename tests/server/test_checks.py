"""Wrong settings stop every start: named, with what to do, and without a traceback."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from chatproject.environment.services import BROKERS
from chatproject.server import checks
from chatproject.server.checks import CLIENTS, check_events, check_production
from tests import database
from tests.servers import free_port

PRODUCTION = {
    "PUBLIC_URL": "https://chat.example.org",
    "TRUSTED_PROXIES": "127.0.0.1",
    "SECRET_KEY": "x7Lq" * 5 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "RATE_LIMITS": "on",
}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[object]:
    """Runs `manage.py` as an operator would, on an empty data folder."""

    def call(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        # A port that nobody uses, whatever runs beside the tests.
        base = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data")}
        base["PORT"] = str(free_port())
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=database.ROOT,
            env=base | env,
            check=False,
            capture_output=True,
            text=True,
        )

    return call


@pytest.mark.parametrize("command", ["check", "serve", "up", "migrate", "shell"])
def test_wrong_settings_are_named_all_at_once(run, command: str, tmp_path: Path) -> None:
    done = run(command, PORT="no", RATE_LIMITS="maybe", DATABASE_URL="mysql://h/d", REDIS_URL="x")
    assert done.returncode != 0
    for name in ("PORT='no'", "RATE_LIMITS='maybe'", "DATABASE_URL", "REDIS_URL"):
        assert name in done.stderr
    assert "HINT" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data" / "postgres").exists()


def test_unreachable_database_is_named(run, tmp_path: Path) -> None:
    done = run("serve", DATABASE_URL=f"postgresql:///chat?host={tmp_path}")
    assert done.returncode != 0
    assert "chat.E007" in done.stderr
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_production_settings_pass_the_deploy_check(run) -> None:
    done = run("check", "--deploy", "--fail-level=WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr


def test_cookies_of_production_are_bound_to_the_host(run) -> None:
    told = run("diffsettings", **PRODUCTION).stdout
    for name in ("SESSION_COOKIE", "CSRF_COOKIE"):
        assert f"{name}_SECURE = True" in told
        assert re.search(rf"{name}_NAME = '__Host-\w+'", told)
        assert f"{name}_DOMAIN" not in told
        assert f"{name}_PATH" not in told


def test_data_folder_that_is_a_file(run, tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    done = run("migrate")
    assert done.returncode != 0
    assert "Set DATA_DIR" in done.stderr
    assert "Traceback" not in done.stderr


def test_secret_key_is_made_once_for_us_alone(run, tmp_path: Path) -> None:
    run("diffsettings")
    kept = tmp_path / "data" / "secret_key"
    first = kept.read_text()
    run("diffsettings")
    assert len(first) >= 50
    assert kept.read_text() == first
    assert kept.stat().st_mode & 0o777 == 0o600


def test_production_keeps_no_secret_key_of_its_own(run, tmp_path: Path) -> None:
    done = run("serve", **{**PRODUCTION, "SECRET_KEY": ""})
    assert done.returncode != 0
    assert "chat.E006" in done.stderr
    assert not (tmp_path / "data" / "secret_key").exists()


@pytest.fixture
def production(settings: Settings) -> Settings:
    settings.PRODUCTION = True
    settings.RATE_LIMITS = True
    settings.SECRET_KEY_IS_SET = True
    settings.SECRET_KEY = PRODUCTION["SECRET_KEY"]
    settings.TRUSTED_PROXIES = ["127.0.0.1/32"]
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["chat.example.org"]
    return settings


def found() -> list[str | None]:
    return [message.id for message in check_production(None)]


def test_right_production(production: Settings) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [
        ("RATE_LIMITS", False, "chat.E005"),
        ("SECRET_KEY_IS_SET", False, "chat.E006"),
        ("SECRET_KEY", "short", "chat.E006"),
        ("TRUSTED_PROXIES", [], "chat.E011"),
        ("DEBUG", True, "chat.E012"),
        ("ALLOWED_HOSTS", ["chat.example.org", "*"], "chat.E027"),
    ],
)
def test_what_is_only_fit_for_a_laptop(
    production: Settings, name: str, value: object, check: str
) -> None:
    setattr(production, name, value)
    assert found() == [check]
    production.PRODUCTION = False
    assert found() == []


def test_a_store_that_does_not_answer_is_named(run, tmp_path: Path) -> None:
    endpoint = "http%3A%2F%2F127.0.0.1%3A1"
    url = f"s3://key:hush@files?endpoint={endpoint}&region=us-east-1"
    done = run("up", STORAGE_URL=url, DATABASE_URL="")
    assert done.returncode != 0
    assert "chat.E019" in done.stderr
    assert "STORAGE_URL" in done.stderr
    assert "hush" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_migrations_are_in_step_with_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


@pytest.mark.parametrize("scheme", BROKERS)
def test_a_message_broker_needs_its_client(
    scheme: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EVENTS_URL = f"{scheme}://host"
    assert check_events(None) == []

    monkeypatch.setattr(checks.importlib.util, "find_spec", lambda name: None)
    (problem,) = check_events(None)
    assert (problem.id, CLIENTS[scheme] in problem.msg) == ("chat.E092", True)
    settings.EVENTS_URL = ""
    assert check_events(None) == []
