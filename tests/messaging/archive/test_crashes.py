"""`manage.py archive_messages` is killed at each step: no message is lost, none shown twice, and
the next run goes on."""

import resource
import signal
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection

from messaging.actions.delete import delete_message
from messaging.archive.checking import check_archive
from messaging.archive.row_groups import clear_caches
from messaging.models import ArchiveFile, ArchiveSegment
from tests.cast import make_conversation
from tests.management.running import spawn, unsound
from tests.messaging.actions.scene import make_scene
from tests.messaging.archive.scenes import NUMBER, OLD, fill, history
from tests.messaging.archive.steps import index_all, rows_of, say_many

pytestmark = pytest.mark.django_db(transaction=True)

MOVING = (
    "before segments.store_file 1",
    "after segments.store_file 1",
    "after segments.hash_stored 1",
    "before moving._publish_one 1",
    "after moving._publish_one 1",
    "after moving._publish 1",
    "after pruning.add_keys 1",
    "before pruning.bigs 3",  # within the transaction of a batch
    "after pruning._prune_batch 2",
)
COMPACTING = (
    "after compacting.write_verified 1",
    "before compacting._replace 1",
    "after compacting._replace 1",
    "after compacting._compact 1",
    "before keeping.remove_file 1",
    "after keeping.remove_file 1",
)


class Installation:
    def __init__(self, data: Path, store: Path) -> None:
        self.store = store
        self._data = data
        self.scene = make_scene()
        second = make_conversation(self.scene.owner)
        say_many(second, [self.scene.owner], 200, "other")
        fill(self.scene)
        index_all()
        with connection.cursor() as cursor:
            for table, column in (
                ("messaging_message", "created_at"),
                ("conversations_conversation", "last_at"),
                ("conversations_conversation", "last_message_at"),
            ):
                # In UTC, since a distributed table takes no arithmetic of a time zone.
                before = f"({column} AT TIME ZONE 'UTC' - interval '90 days') AT TIME ZONE 'UTC'"
                cursor.execute(f"UPDATE {table} SET {column} = {before}")

    def archive(self, failpoint: str = "") -> int:
        process = self._spawn(failpoint)
        _, err = process.communicate(timeout=100)
        assert process.returncode in (0, -signal.SIGKILL), err
        return process.returncode

    def archive_limited(self, size: int) -> tuple[int, str]:
        """The same with files of so many bytes at most; the exit code, and what it says."""
        process = self._spawn()
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, size))
        _, err = process.communicate(timeout=100)
        return process.returncode, err

    def _spawn(self, failpoint: str = "") -> "subprocess.Popen[str]":
        env = {
            "DJANGO_SETTINGS_MODULE": "tests.messaging.archive.failpoint.settings",
            "STORAGE_URL": f"file://{self.store}",
            "FAILPOINT": failpoint,
        }
        name = connection.settings_dict["NAME"]
        return spawn(name, self._data, "archive_messages", "--days", "1", env=env)

    def prove(self, expected: list[bytes]) -> None:
        clear_caches()
        assert history(self.scene) == expected
        assert [it for checked in check_archive() for it in checked.differences] == []
        assert unsound() == []


@pytest.fixture
def installation(data_dir: Path, own_store: Path) -> Installation:
    data_dir.mkdir()
    return Installation(data_dir, own_store)


def texts_in(path: Path) -> list[str]:
    texts: list[str] = pq.read_table(path).column("body").to_pylist()
    return texts


def crash_at(installation: Installation, places: tuple[str, ...]) -> Any:
    pages = history(installation.scene)
    for place in places:
        assert installation.archive(place) == -signal.SIGKILL, place
        installation.prove(pages)
    assert installation.archive() == 0
    installation.prove(pages)


@pytest.mark.faults
def test_killed_while_rows_are_removed(installation: Installation) -> None:
    crash_at(installation, ("after pruning._prune_batch 2",))
    assert len(rows_of(installation.scene.id)) < NUMBER


@pytest.mark.faults_long
@pytest.mark.timeout(1_200)
def test_killed_at_each_step_of_moving(installation: Installation) -> None:
    crash_at(installation, MOVING)
    assert len(rows_of(installation.scene.id)) < NUMBER


@pytest.mark.faults_long
@pytest.mark.timeout(1_200)
def test_killed_at_each_step_of_compacting(installation: Installation) -> None:
    assert installation.archive() == 0
    scene = installation.scene
    delete_message(conversation_id=scene.id, user_id=scene.member.pk, seq=OLD)
    index_all()
    crash_at(installation, COMPACTING)
    used = set(ArchiveSegment.objects.values_list("file_id", flat=True))
    files = ArchiveFile.objects.all()
    assert {file.pk for file in files} == used
    stored = {path.name for path in (installation.store / "archive").iterdir()}
    assert stored == {Path(file.storage_key).name for file in files}
    texts = {text for file in files for text in texts_in(installation.store / file.storage_key)}
    assert f"message {OLD}" not in texts
