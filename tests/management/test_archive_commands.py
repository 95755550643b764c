"""`manage.py archive_messages`, `restore_archive` and `check_archive`, and the nightly task."""

import tarfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from chatproject.core.progress import Progress
from chatproject.management.backups.manifest import Manifest
from chatproject.management.backups.writing import _Writer
from chatproject.server.checks import check_archive as check_setting
from messaging.archive import gauges, pruning, row_groups, running
from messaging.models import ArchiveFile
from messaging.tasks import archive_messages
from tests.management.running import entries, run
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.archive.scenes import NUMBER, fill
from tests.messaging.archive.steps import index_all, rows_of


@pytest.fixture
def old(db: None, own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A log that is 90 days old."""
    monkeypatch.setattr(pruning, "GRACE", timedelta())
    scene = make_scene()
    fill(scene)
    index_all()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message SET created_at ="
            " (created_at AT TIME ZONE 'UTC' - interval '90 days') AT TIME ZONE 'UTC'"
        )
    return scene


def test_there_and_back(old: Scene) -> None:
    assert run("archive_messages", "--days", "30", "--dry-run")[1]["messages"] >= 40
    assert len(rows_of(old.id)) == NUMBER
    code, report = run("archive_messages", "--days", "30", "--reason", "room")
    assert (code, report["dryRun"]) == (0, False)
    assert report["moved"] == report["removed"] == NUMBER - len(rows_of(old.id)) >= 40
    assert [entry.reason for entry in entries("archive.applied")] == ["room"]

    code, report = run("check_archive")
    assert (code, report["differences"]) == (0, [])
    assert report["messages"] == NUMBER - len(rows_of(old.id))

    assert run("restore_archive", "--all", "--dry-run")[1]["conversations"] == 1
    code, report = run("restore_archive", "--conversation", str(old.id))
    assert (code, report["messages"]) == (0, NUMBER - len(rows_of(old.id)) or report["messages"])
    assert len(rows_of(old.id)) == NUMBER
    assert run("archive_messages", "--days", "30")[1]["moved"] == 0
    assert run("archive_messages", "--days", "30", "--conversation", str(old.id))[1]["moved"] >= 40


def test_a_lost_file_fails_the_check(old: Scene, own_store: Path) -> None:
    run("archive_messages", "--days", "30")
    for path in (own_store / "archive").iterdir():
        path.unlink()
    code, report = run("check_archive", "--fix")
    assert code == 1
    assert [it["what"] for it in report["differences"]] == ["file", "segment"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("archive_messages",),  # off, and no --days
        ("archive_messages", "--days", "0"),
        ("archive_messages", "--days", "3", "--conversation", "nothing"),
        ("restore_archive",),
        ("restore_archive", "--all", "--conversation", "x"),
    ],
)
def test_wrong_arguments(db: None, wrong: tuple[str, ...]) -> None:
    assert run(*wrong)[0] == 2


def test_without_pyarrow_it_says_what_to_do(old: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_groups, "is_installed", lambda: False)
    code, told = run("archive_messages", "--days", "30")
    assert code == 1
    assert "requirements-archive.txt" in told
    assert len(rows_of(old.id)) == NUMBER


def test_the_setting_asks_for_pyarrow(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert check_setting(None) == []
    settings.ARCHIVE_AFTER_DAYS = 365
    assert [it.id for it in check_setting(None)] == ["chat.E094"]


def test_the_task_does_nothing_until_it_is_set(old: Scene, settings: Any) -> None:
    archive_messages(0)
    assert not ArchiveFile.objects.exists()
    assert gauges.read_lag() == {}
    settings.ARCHIVE_AFTER_DAYS = 30
    assert gauges.read_lag()[()] == pytest.approx(60 * 86_400, abs=600)
    archive_messages(0)
    assert len(rows_of(old.id)) < NUMBER
    assert gauges.read_lag() == {(): 0.0}
    assert gauges.read_messages()[()] >= 40
    assert gauges.read_bytes()[()] > 1000
    assert len(entries("archive.applied")) == 1


def test_the_task_goes_on_while_there_are_files(old: Scene, settings: Any) -> None:
    """What was emptied has to leave the files, also where nothing is moved any more."""
    run("archive_messages", "--days", "30")
    assert running.has_work()
    assert running.cutoff() is None


def test_a_backup_has_the_files(old: Scene, tmp_path: Path) -> None:
    run("archive_messages", "--days", "30")
    manifest = Manifest(version="1", made_at="now")
    with tarfile.open(tmp_path / "backup.tar", "w") as tar, Progress(is_quiet=True) as progress:
        _Writer(tar, manifest, tmp_path).add_files(progress)
    file = ArchiveFile.objects.get()
    assert manifest.entries[f"files/{file.storage_key}"] == (file.byte_count, file.digest)
    assert manifest.missing == []
