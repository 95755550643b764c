"""The archive in a folder and in a bucket over HTTP, and what happens while the store is away."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import EndpointConnectionError

from chatproject.core.storage import bucket, folder
from messaging.archive.checking import check_archive
from messaging.archive.lease import working
from messaging.archive.restoring import restore_conversation
from messaging.archive.row_groups import clear_caches
from messaging.sending.drafts import Draft
from messaging.sending.results import SendStatus
from messaging.sending.send import send_messages
from tests.attachments.conftest import kept, new_bucket, s3_endpoint, storage_url
from tests.cast import api
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.archive.scenes import NUMBER, OLD, archived, fill, history
from tests.messaging.archive.steps import archive_all, rows_of

__all__ = ["kept", "new_bucket", "s3_endpoint", "storage_url"]


@pytest.fixture
def scene(db: None, kept: str) -> Scene:
    """In both stores in turn."""
    return make_scene()


def test_moved_read_and_brought_back(scene: Scene) -> None:
    fill(scene)
    before = history(scene)
    assert archive_all() >= 40
    assert history(scene) == before
    assert [it for checked in check_archive() for it in checked.differences] == []
    with working():
        list(restore_conversation(scene.id))
    assert len(rows_of(scene.id)) == NUMBER
    assert history(scene) == before


@pytest.fixture
def away(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The older part is in a store that does not answer."""
    archived(scene)
    clear_caches()

    def refuse(self: Any, key: str, start: int, size: int) -> bytes:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    monkeypatch.setattr(bucket.BucketStorage, "read_range", refuse)
    monkeypatch.setattr(
        folder.FolderStorage, "read_range", lambda *args: Path("/nowhere/at/all").read_bytes()
    )
    return scene


def test_young_pages_are_there_while_the_store_is_away(away: Scene) -> None:
    base = f"/v1/conversations/{away.id}"
    for path in ("/messages", "/messages?limit=50&before=140", "", "/changes?since=150"):
        assert api(away.owner).get(base + path).status_code == 200, path
    answer = api(away.owner).post(
        f"{base}/messages", {"content": "new", "clientId": str(uuid4())}, format="json"
    )
    assert answer.status_code == 200


def test_old_pages_say_that_it_is_away(away: Scene) -> None:
    base = f"/v1/conversations/{away.id}"
    asked = (
        f"{base}/messages?before={OLD}",
        f"{base}/messages/{OLD}",
        f"/v1/search?q=%22message+{OLD}%22",
    )
    for path in asked:
        answer = api(away.owner).get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "archive_unavailable"), path
        assert answer.headers["Retry-After"]
    outside = api(away.outsider).get(f"{base}/messages?before={OLD}")
    assert outside.status_code == 404


def test_what_refers_to_an_old_message_is_refused_for_now(away: Scene) -> None:
    plain, reply = (
        Draft(away.id, away.owner.pk, uuid4(), "new", reply_to_seq=seq) for seq in (None, OLD)
    )
    results = send_messages([plain, reply])
    assert [it.status for it in results] == [SendStatus.STORED, SendStatus.REFUSED]
    assert results[1].label == "archive_unavailable"
    edited = api(away.member).patch(
        f"/v1/conversations/{away.id}/messages/{OLD}", {"content": "x"}, format="json"
    )
    assert edited.status_code == 503
    assert OLD not in rows_of(away.id)


def test_a_file_that_is_gone_is_told_as_away(scene: Scene, tmp_path: Path) -> None:
    archived(scene)
    clear_caches()
    for path in tmp_path.rglob("*.parquet"):
        path.unlink()
    if any(tmp_path.rglob("archive")):
        answer = api(scene.owner).get(f"/v1/conversations/{scene.id}/messages/{OLD}")
        assert answer.status_code == 503
