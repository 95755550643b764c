"""The end of a file: with its message, unclaimed, orphaned; and never one that is claimed."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from attachments.actions import prune
from attachments.actions.prune import Pruned, prune_attachments
from attachments.models import Attachment, random_key
from attachments.tasks import remove_objects
from chatproject.core.storage import file_storage
from messaging.actions.delete import delete_message
from tests.attachments import samples
from tests.attachments.steps import count_kept, keys, prepared, sent, status, uploaded
from tests.cast import api
from tests.messaging.actions.scene import Scene


@pytest.fixture(autouse=True)
def old_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in the store was put there long ago."""
    monkeypatch.setattr(prune, "MARGIN", timedelta(seconds=-60))


def run_deferred() -> None:
    """What the worker does after the commit."""
    for job in ProcrastinateJob.objects.filter(task_name=remove_objects.name):
        remove_objects(**job.args)


def expire(*shapes: dict[str, Any]) -> None:
    ids = [shape["id"] for shape in shapes]
    past = timezone.now() - timedelta(seconds=1)
    Attachment.objects.filter(pk__in=ids, seq=None).update(expires_at=past)


def test_a_deleted_message_takes_its_files_along(scene: Scene) -> None:
    picture = prepared(scene.owner, samples.picture(size=(2000, 1000)))
    file, other = uploaded(scene.owner, b"x"), uploaded(scene.owner, b"y")
    seq = sent(scene, scene.owner, picture, file)
    sent(scene, scene.owner, other)

    shape = delete_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=seq)

    assert shape["attachments"] == []
    for person in (scene.owner, scene.member):
        assert status(person, picture["url"]) == status(person, file["url"]) == 404
    run_deferred()
    assert keys() == {"original"}
    assert count_kept() == 1
    assert status(scene.member, other["url"]) in (200, 302)


def test_one_that_is_taken_back_is_removed(scene: Scene) -> None:
    shape = uploaded(scene.owner, samples.picture())
    api(scene.owner).delete(shape["url"])
    run_deferred()

    assert count_kept() == 0


def test_a_poster_goes_with_its_video(scene: Scene) -> None:
    poster = SimpleUploadedFile("poster.png", samples.picture("PNG"))
    shape = uploaded(scene.owner, samples.mp4(), "a.mp4", poster=poster)
    prune_attachments()
    assert count_kept() == 3
    api(scene.owner).delete(shape["url"])
    run_deferred()

    assert count_kept() == 0


def test_what_no_message_claimed_goes_after_a_day(scene: Scene) -> None:
    old, fresh, claimed = (uploaded(scene.owner, b"x") for _ in range(3))
    sent(scene, scene.owner, claimed)
    expire(old, claimed)

    done = prune_attachments()
    run_deferred()

    assert done.expired == 1
    assert {str(each.pk) for each in Attachment.objects.all()} == {fresh["id"], claimed["id"]}
    assert count_kept() == 2


def test_the_day_is_over_for_what_is_sent(scene: Scene) -> None:
    shape = uploaded(scene.owner, b"x")
    row = Attachment.objects.get()
    assert row.expires_at is not None
    assert row.expires_at - row.created_at > timedelta(hours=23)

    sent(scene, scene.owner, shape)

    row.refresh_from_db()
    assert row.expires_at is None


def orphan(suffix: str = "original") -> str:
    key = f"{random_key()}.{suffix}"
    file_storage().put(key, ContentFile(b"x", name="x"))
    return key


def test_orphans_are_found_and_removed_and_nothing_else_is(scene: Scene) -> None:
    picture = prepared(scene.owner, samples.picture(size=(2000, 1000)))
    pending, file = uploaded(scene.owner, samples.picture()), uploaded(scene.owner, b"x")
    sent(scene, scene.owner, picture)
    known = {each.key for each in file_storage().objects()}
    orphan()
    orphan("clean")
    orphan("320.webp")
    file_storage().put("somebody/elses.txt", ContentFile(b"x", name="x"))
    left = Attachment.objects.get(pk=picture["id"]).original_key  # as after a kill
    file_storage().put(left, ContentFile(b"x", name="x"))

    assert prune_attachments(dry_run=True) == Pruned(objects=len(known) + 5, orphans=4)
    assert count_kept() == len(known) + 5
    assert prune_attachments().orphans == 4

    assert {each.key for each in file_storage().objects()} == known | {"somebody/elses.txt"}
    assert status(scene.owner, file["url"]) in (200, 302)
    assert Attachment.objects.filter(pk=pending["id"], state="pending").exists()


def test_a_young_orphan_is_left(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "MARGIN", timedelta(hours=1))
    orphan()

    assert prune_attachments() == Pruned(objects=1)
    assert count_kept() == 1


def test_another_databases_store_is_left_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "SUSPICIOUS", 2)
    for _ in range(3):
        orphan()

    assert prune_attachments() == Pruned(objects=3, held_back=3)
    with pytest.raises(CommandError, match="--force"):
        call_command("prune_attachments", stdout=StringIO())
    assert count_kept() == 3
    assert prune_attachments(force=True).orphans == 3
    assert count_kept() == 0


def test_the_command_says_what_it_does(scene: Scene) -> None:
    expire(uploaded(scene.owner, b"x"))
    orphan()

    def said(*options: str) -> str:
        out = StringIO()
        call_command("prune_attachments", *options, stdout=out)
        return out.getvalue()

    assert json.loads(said("--dry-run", "--json")) == {
        "expired": 1,
        "objects": 2,
        "orphans": 1,
        "heldBack": 0,
        "dryRun": True,
    }
    assert "1 unclaimed uploads and 1 orphaned files would be removed" in said("--dry-run")
    # The object of the expired upload is an orphan now; its own task may come first.
    assert "1 unclaimed uploads and 2 orphaned files removed" in said()
    assert count_kept() == 0
    assert not Attachment.objects.exists()


def test_a_file_that_is_removed_twice_is_no_error(scene: Scene) -> None:
    shape = uploaded(scene.owner, b"x")
    key = Attachment.objects.get(pk=UUID(shape["id"])).original_key

    remove_objects(keys=[key])
    remove_objects(keys=[key, *(f"{random_key()}.clean" for _ in range(1200))])

    assert count_kept() == 0
