"""Moderators find, read and delete messages of the archive on the page of messages."""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import AuditEntry, User
from conversations.models import Participant
from messaging.archive.row_groups import clear_caches
from messaging.models import ArchiveRecall, Message
from tests.messaging.archive.steps import archive_all, rows_of, say_many
from tests.messaging.moderation.scene import Watch, complain, make_watch, page, window

pytestmark = pytest.mark.django_db

MESSAGES = "/admin/messaging/message/"
OLD = 20


@pytest.fixture
def watch(db: None, own_store: Path) -> Watch:
    """The older parts of the public conversation and of the private one are in the archive."""
    watch = make_watch()
    for place in (watch.public, watch.private):
        say_many(place, [watch.plain, watch.troll], 150, "needle")
        Participant.objects.filter(conversation=place).update(last_read_seq=155)
    assert archive_all() > 80
    assert OLD not in rows_of(watch.public.pk)
    assert OLD not in rows_of(watch.private.pk)
    return watch


def listed(person: User, **asked: str) -> list[str]:
    """The archived messages on the page, as conversation:seq."""
    context = window(person).get(MESSAGES, asked).context
    return [message.place for message in context.get("archived") or []]


def place_of(conversation: Any, seq: int = OLD) -> str:
    return f"{conversation.pk}:{seq}"


def test_they_are_found_by_conversation_text_person_and_id(watch: Watch) -> None:
    public, private = place_of(watch.public), place_of(watch.private)
    for person, has_private in ((watch.chief, True), (watch.moderator, False)):
        for asked in (
            {"text": "needle 1"},
            {"q": str(watch.troll.email)},
            {"since": "2000-01-01"},
        ):
            found = listed(person, **asked)
            assert (len(set(found)), bool(found)) == (len(found), True)
            places = {it.split(":")[0] for it in found}
            assert str(watch.public.pk) in places
            assert (str(watch.private.pk) in places) == has_private
        assert public in listed(person, q=str(watch.public.pk))
        assert (private in listed(person, q=str(watch.private.pk))) == has_private
    assert listed(watch.chief, q=str(watch.public.pk), kind__exact="image") == []
    assert listed(watch.chief, until="1999-12-31") == []
    found = window(watch.chief).get(MESSAGES, {"q": str(watch.public.pk)}).context["archived"]
    key = next(it.pk for it in found if it.seq == OLD)
    assert listed(watch.chief, q=str(key)) == [public]


def test_the_page_says_that_there_is_an_archive(watch: Watch, settings: Any) -> None:
    settings.ARCHIVE_AFTER_DAYS = 365
    html = window(watch.moderator).get(MESSAGES).content.decode()
    assert "Older messages are in the archive" in html
    assert listed(watch.moderator) == []


def test_one_is_read_by_whom_may_and_that_is_recorded(watch: Watch) -> None:
    public = page("messaging_message_change", place_of(watch.public))
    private = page("messaging_message_change", place_of(watch.private))
    assert "needle" in window(watch.moderator).get(public, follow=True).content.decode()
    assert "needle" not in window(watch.moderator).get(private, follow=True).content.decode()
    assert "needle" in window(watch.chief).get(private, follow=True).content.decode()
    (entry,) = AuditEntry.objects.filter(action="conversation.read")
    assert entry.after["fromSeq"] == OLD
    for other in (watch.plain, None):
        assert "needle" not in window(other).get(public, follow=True).content.decode()
    assert ArchiveRecall.objects.count() == 0


def choose(person: User, *places: str, **more: str) -> Any:
    data = {"action": "delete_for_everyone", "_selected_action": list(places), **more}
    return window(person).post(MESSAGES, data, follow=True)


def test_one_is_deleted_with_a_reason(watch: Watch) -> None:
    place = place_of(watch.public)
    answer = choose(watch.moderator, place)
    assert answer.status_code == 200
    message = Message.objects.get(conversation=watch.public, seq=OLD)
    assert message.deleted_at is None  # first it is asked
    choose(watch.moderator, str(message.pk), confirmed="yes", reason="rude")
    message.refresh_from_db()
    assert message.deleted_at is not None
    (entry,) = AuditEntry.objects.filter(action="message.deleted")
    assert entry.reason == "rude"


def test_who_may_not_read_it_deletes_nothing(watch: Watch) -> None:
    for person in (watch.moderator, watch.operator, watch.plain):
        choose(person, place_of(watch.private), confirmed="yes", reason="x")
    assert OLD not in rows_of(watch.private.pk)
    for person in (watch.operator, watch.plain):
        choose(person, place_of(watch.public), confirmed="yes", reason="x")
    assert OLD not in rows_of(watch.public.pk)
    assert not AuditEntry.objects.filter(action="message.deleted").exists()


def test_a_report_opens_a_part_of_a_private_one(watch: Watch) -> None:
    """What it opens are rows from then on, and the rest stays shut."""
    complain(watch, watch.private, OLD)
    assert OLD in rows_of(watch.private.pk)
    assert listed(watch.moderator, q=str(watch.private.pk)) == []
    assert len(listed(watch.chief, q=str(watch.private.pk))) > 10


def test_odd_places_are_no_messages(watch: Watch) -> None:
    for odd in (f"{watch.public.pk}:9999", f"{watch.public.pk}:x", "x:1", f"{watch.plain.pk}:1"):
        answer = window(watch.chief).get(page("messaging_message_change", odd))
        assert answer.status_code in (302, 404)
        choose(watch.chief, odd)
    assert ArchiveRecall.objects.count() == 0


def test_a_store_that_is_away_is_told(watch: Watch, own_store: Path) -> None:
    for path in own_store.rglob("*.parquet"):
        path.rename(path.with_suffix(".away"))
    clear_caches()
    answer = window(watch.moderator).get(MESSAGES, {"q": str(watch.public.pk)})
    assert answer.status_code == 200
    assert "cannot be read right now" in answer.content.decode()
    assert answer.context["cl"].result_list
    choose(watch.moderator, place_of(watch.public))
    assert OLD not in rows_of(watch.public.pk)
