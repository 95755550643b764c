"""What the command says: for people, for scripts, and by its exit code."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as django_connection

from accounts.models import User
from messaging.imports.slack.loader import LOCK
from messaging.imports.slack.report import FIRST
from tests import database
from tests.messaging.imports.slack_export import SlackExport, run_import

pytestmark = pytest.mark.django_db


@pytest.fixture
def zip_path(tmp_path: Path) -> Path:
    export = SlackExport("Ann")
    export.conversation("general", "Ann")
    export.say("general", "Ann", "hello")
    for _ in range(FIRST + 5):
        export.say("general", "Ann", "")
    return export.write(tmp_path / "export.zip")


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def printed(*arguments: Any) -> str:
    out = StringIO()
    call_command("import_slack", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_for_people(zip_path: Path, tmp_path: Path) -> None:
    items = tmp_path / "items.jsonl"
    lines = printed(zip_path, "--report", items).splitlines()
    assert lines[:4] == [
        "general (public): imported, 1 messages new",
        "People: 1 new, 0 linked by email, 0 here already",
        "Left out: 25",
        "  25 messages without a visible character or a file [no_text]",
    ]
    assert lines[4] == "  skipped no_text: general/2020-09-13.json[1]"
    assert lines[-1] == f"  and 5 more: {items}"
    stored = [json.loads(line) for line in items.read_text().splitlines()]
    assert len(stored) == FIRST + 5
    assert stored[0]["reason"] == "no_text"


def test_for_scripts(zip_path: Path) -> None:
    report = run_import(zip_path)
    assert report["skipped"] == {"no_text": FIRST + 5}
    assert len(report["items"]) == FIRST + 5
    assert report["conversations"][0]["new"] == 1


def test_dry_run_says_so(zip_path: Path) -> None:
    assert "Nothing was written" in printed(zip_path, "--dry-run")


def test_the_rest_is_kept_in_a_file_when_there_is_one(
    zip_path: Path, tmp_path: Path, temporary_folder: Path
) -> None:
    printed(SlackExport("Ann").write(tmp_path / "small.zip"))
    assert list(temporary_folder.iterdir()) == []
    last = printed(zip_path).splitlines()[-1]
    (kept,) = temporary_folder.iterdir()
    assert last == f"  and 5 more: {kept}"
    assert len(kept.read_text().splitlines()) == FIRST + 5


def test_report_that_cannot_be_written(zip_path: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        printed(zip_path, "--report", tmp_path / "no" / "folder")


def test_names_do_not_steer_the_terminal(tmp_path: Path) -> None:
    export = SlackExport("Ann")
    export.conversation("general\x1b[2J", "Ann")
    assert "general\ufffd[2J (public): imported" in printed(export.write(tmp_path / "a.zip"))


def test_join_of_nobody(zip_path: Path) -> None:
    with pytest.raises(CommandError, match="no active account"):
        printed(zip_path, "--join", "nobody@example.org")


def test_one_import_at_a_time(zip_path: Path, other_import: None) -> None:
    with pytest.raises(CommandError, match="Another import is running"):
        printed(zip_path)
    assert not User.objects.exists()


@pytest.fixture
def other_import() -> Iterator[None]:
    """Another process that imports into the same database."""
    name = str(django_connection.settings_dict["NAME"])
    with database.connect(name) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield
        # Closing gives the lock back too, but some time later, and the next test imports as well.
        connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
