"""`manage.py prune_attachments`: the command around what the hourly task does."""

from datetime import timedelta

import pytest
from django.utils import timezone

from attachments.models import Attachment
from tests.cast import make_person
from tests.management.running import entries, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


@pytest.fixture
def forgotten() -> Attachment:
    """An upload that no message claimed in time."""
    return Attachment.objects.create(
        uploader=make_person("Ann"),
        name="a.txt",
        size=1,
        content_type="text/plain",
        state="ready",
        expires_at=timezone.now() - timedelta(minutes=1),
    )


def test_what_nobody_claimed_goes_and_is_written_down(forgotten: Attachment) -> None:
    code, report = run("prune_attachments", "--reason", "full disk")

    assert (code, report["expired"]) == (0, 1)
    assert not Attachment.objects.exists()
    (entry,) = entries("attachments.pruned")
    assert (entry.reason, entry.after["expired"]) == ("full disk", 1)


def test_a_dry_run_removes_nothing(forgotten: Attachment) -> None:
    assert run("prune_attachments", "--dry-run")[1]["expired"] == 1
    assert Attachment.objects.exists()
    assert not entries("attachments.pruned")


def test_again_there_is_nothing_to_do(forgotten: Attachment) -> None:
    run("prune_attachments")
    assert run("prune_attachments")[1]["expired"] == 0
    assert len(entries("attachments.pruned")) == 1
