"""Moving, compacting, restoring and checking: no message is lost, whatever comes between."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.utils import timezone

from chatproject.core.storage import file_storage
from conversations.models import Conversation
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.pins import pin_message
from messaging.archive import compacting, keeping, lease, moving, pruning, segments
from messaging.archive.checking import check_archive
from messaging.archive.compacting import compact
from messaging.archive.errors import ArchiveBroken, ArchiveBusy
from messaging.archive.keeping import archive_keys, sweep
from messaging.archive.lease import working
from messaging.archive.moving import due_conversations, move, oldest_due
from messaging.archive.restoring import restore_conversation
from messaging.archive.row_groups import clear_caches
from messaging.maintenance.integrity_check.heads import check_heads
from messaging.maintenance.integrity_check.periods import check_periods
from messaging.models import (
    ArchiveFile,
    ArchiveKeyRun,
    ArchiveRecall,
    ArchiveSegment,
    Message,
    SearchCursor,
)
from messaging.search.integrity import check_index
from messaging.search.rebuild import begin_rebuild, rebuild
from tests.cast import api, make_conversation
from tests.messaging.actions.scene import Scene
from tests.messaging.archive.scenes import NUMBER, OLD, archived, fill, history, published
from tests.messaging.archive.steps import (
    FAR,
    archive_all,
    index_all,
    prune_all,
    publish_all,
    rows_of,
    say_many,
)


def faults() -> list[Any]:
    counters = [*check_heads(), *check_periods(), *check_archive()]
    return [found for batch in counters for found in batch.differences]


@pytest.fixture
def log(scene: Scene) -> Scene:
    return archived(scene)


def test_messages_are_found_twice_and_shown_once(scene: Scene) -> None:
    published(scene)
    assert len(rows_of(scene.id)) == NUMBER
    before = history(scene)
    assert prune_all() >= 40
    assert history(scene) == before
    assert faults() == []


def test_what_changed_before_its_row_was_removed_stays_a_row(scene: Scene) -> None:
    published(scene)
    edit_message(conversation_id=scene.id, user_id=scene.member.pk, seq=OLD, body="changed")
    hide_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=OLD + 1)
    before = history(scene)
    prune_all()
    assert {OLD, OLD + 1} <= rows_of(scene.id)
    assert history(scene) == before
    assert faults() == []


def test_a_file_that_reads_otherwise_removes_no_row(
    scene: Scene, own_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(scene)
    real = segments.store_file

    def store_damaged(key: str, path: Path) -> None:
        real(key, path)
        stored = own_store / key
        stored.write_bytes(stored.read_bytes()[:-9] + bytes(9))

    monkeypatch.setattr(segments, "store_file", store_damaged)
    with pytest.raises(ArchiveBroken):
        publish_all()
    assert len(rows_of(scene.id)) == NUMBER
    assert Conversation.objects.get(pk=scene.id).archived_seq == 0
    assert not ArchiveSegment.objects.exists()
    ArchiveFile.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert sweep() == 1
    assert list((own_store / "archive").iterdir()) == []


def test_readers_have_a_minute(scene: Scene) -> None:
    published(scene)
    with working():
        assert list(pruning.prune(sleep=lambda seconds: None)) == []
    assert len(rows_of(scene.id)) == NUMBER


def test_one_process_works_on_it(scene: Scene) -> None:
    parameters = connection.get_connection_params()
    names = {"dbname", "user", "host", "port", "password"} & parameters.keys()
    with psycopg.connect(**{name: parameters[name] for name in names}) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [lease.LOCK])
        with pytest.raises(ArchiveBusy), working():
            pass
        # Not by closing it: PostgreSQL ends a connection some time after its client has left.
        other.execute("SELECT pg_advisory_unlock(%s)", [lease.LOCK])
    with working():
        pass


def test_what_followers_have_not_read_is_not_moved(scene: Scene) -> None:
    fill(scene)
    index_all()
    SearchCursor.objects.update(rev=30)
    before = timezone.now() + FAR
    with working():
        assert sum(it.messages for it in move(before, only=scene.id)) <= 30


def test_small_amounts_wait_until_they_are_overdue(scene: Scene) -> None:
    fill(scene)
    index_all()
    soon, late = timezone.now() + timedelta(days=1), timezone.now() + timedelta(days=31)
    assert list(due_conversations(soon)) == []
    assert oldest_due(soon) is None
    assert len(list(due_conversations(late))) == 1
    assert oldest_due(late) == Message.objects.get(conversation=scene.id, seq=1).created_at
    assert list(due_conversations(timezone.now() - timedelta(days=1))) == []


def test_several_conversations_and_files(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "FILE_ROWS", 60)
    monkeypatch.setattr(moving, "READ_ROWS", 25)
    second = make_conversation(scene.owner, scene.member)
    say_many(second, [scene.owner], 260)
    fill(scene)
    pages = history(scene)
    path = f"/v1/conversations/{second.pk}/messages?limit=200&before=200"
    other = api(scene.owner).get(path).content
    publish_all()
    assert prune_all() >= 180
    assert ArchiveFile.objects.count() >= 3
    assert history(scene) == pages
    assert api(scene.owner).get(path).content == other
    assert faults() == []


def test_compaction_takes_out_what_was_emptied(log: Scene, own_store: Path) -> None:
    text = f"message {OLD}"
    delete_message(conversation_id=log.id, user_id=log.member.pk, seq=OLD)
    edit_message(conversation_id=log.id, user_id=log.member.pk, seq=OLD + 2, body="changed")
    index_all()
    before = history(log)
    assert ArchiveRecall.objects.count() == 2
    with working():
        (number,) = compact()
    assert history(log) == before
    assert faults() == []
    prune_all()
    assert OLD in rows_of(log.id), "the tombstone"
    assert OLD + 2 not in rows_of(log.id), "moved again as it is now"
    assert ArchiveRecall.objects.count() == 0
    assert number == ArchiveFile.objects.get(removed_at=None).row_count
    assert history(log) == before
    assert faults() == []
    new = ArchiveFile.objects.get(removed_at=None)
    assert text not in texts_in(own_store / new.storage_key)
    long_ago = timezone.now() - keeping.KEEP_REMOVED * 2
    ArchiveFile.objects.exclude(pk=new.pk).update(removed_at=long_ago)
    assert sweep() == 1
    assert [it.name for it in (own_store / "archive").iterdir()] == [Path(new.storage_key).name]
    clear_caches()
    assert history(log) == before


def texts_in(path: Path) -> set[str]:
    return set(pq.read_table(path).column("body").to_pylist())


def test_few_changes_are_not_worth_a_new_file(log: Scene) -> None:
    edit_message(conversation_id=log.id, user_id=log.member.pk, seq=OLD, body="changed")
    with working():
        assert list(compact()) == []
        assert len(list(compact(everything=True))) == 1


def test_what_changes_while_a_file_is_compacted_holds(
    log: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete_message(conversation_id=log.id, user_id=log.member.pk, seq=OLD)
    real = compacting.write_verified

    def meanwhile(stretches: Any) -> Any:
        written = real(stretches)
        edit_message(conversation_id=log.id, user_id=log.member.pk, seq=OLD + 2, body="changed")
        return written

    monkeypatch.setattr(compacting, "write_verified", meanwhile)
    with working():
        list(compact())
    prune_all()
    shown = api(log.owner).get(f"/v1/conversations/{log.id}/messages/{OLD + 2}").json()
    assert shown["content"] == "changed"
    assert faults() == []


def test_a_conversation_is_brought_back(log: Scene, own_store: Path) -> None:
    before = history(log)
    edit_message(conversation_id=log.id, user_id=log.member.pk, seq=OLD, body=f"message {OLD}!")
    changed = history(log)
    assert changed != before
    with working():
        assert sum(restore_conversation(log.id)) >= 40
    assert len(rows_of(log.id)) == NUMBER
    assert history(log) == changed
    head = Conversation.objects.get(pk=log.id)
    assert (head.archived_seq, head.archived_rev) == (0, 0)
    for table in (ArchiveSegment, ArchiveRecall, ArchiveKeyRun):
        assert not table.objects.exists()
    assert ArchiveFile.objects.get().removed_at
    assert publish_all() == 0, "it stays"
    assert faults() == []


def test_search_is_made_anew_and_proved_from_files(log: Scene) -> None:
    assert [it for checked in check_index() for it in checked.differences] == []
    begin_rebuild()
    list(rebuild())
    assert [it for checked in check_index() for it in checked.differences] == []
    found = api(log.owner).get(f"/v1/search?q=%22message+{OLD}%22").json()["results"]
    assert [hit["message"]["seq"] for hit in found] == [OLD]


def test_a_backup_knows_the_files(log: Scene) -> None:
    (key,) = archive_keys()
    assert file_storage().read_range(key, 0, 4) == b"PAR1"


@pytest.fixture
def checks(log: Scene) -> Iterator[None]:
    assert faults() == []
    yield
    clear_caches()


def found(*, fix: bool = False) -> list[tuple[str, bool]]:
    return [
        (it.what, it.is_fixed) for checked in check_archive(fix=fix) for it in checked.differences
    ]


def test_a_damaged_file_is_found(log: Scene, checks: None, own_store: Path) -> None:
    (path,) = (own_store / "archive").iterdir()
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    assert ("file", False) in found(fix=True)


def test_a_lost_file_is_found(log: Scene, checks: None, own_store: Path) -> None:
    (path,) = (own_store / "archive").iterdir()
    path.unlink()
    assert found(fix=True) == [("file", False), ("segment", False)]


def test_a_file_of_which_all_are_rows_is_given_up(scene: Scene, own_store: Path) -> None:
    published(scene)
    (path,) = (own_store / "archive").iterdir()
    path.write_bytes(b"nothing")
    before = rows_of(scene.id)
    assert found(fix=True) == [("file", True)]
    assert rows_of(scene.id) == before
    assert len(history(scene)) > 3


def test_a_missing_message_is_found(scene: Scene) -> None:
    fill(scene)
    pin_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=OLD)
    archive_all()
    assert found() == []
    Message.objects.filter(conversation=scene.id, seq=OLD).delete()
    assert found(fix=True) == [("message", False)]


def test_counts_keys_and_marks_are_repaired(log: Scene, checks: None) -> None:
    ArchiveSegment.objects.update(pruned_count=1)
    ArchiveKeyRun.objects.all().delete()
    ArchiveRecall.objects.create(conversation_id=log.id, seq=OLD)
    wrong = found()
    assert {what for what, _ in wrong} == {"count", "key", "recall"}
    assert all(is_fixed for _, is_fixed in found(fix=True))
    assert faults() == []


def test_whoever_has_no_membership_sees_nothing(log: Scene) -> None:
    for path in (f"messages?before={OLD}", f"messages/{OLD}"):
        assert api(log.outsider).get(f"/v1/conversations/{log.id}/{path}").status_code == 404
