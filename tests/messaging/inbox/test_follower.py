"""The loop that writes entries, in this process, on a database that commits."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from conversations.models import Conversation, Participant
from conversations.own_state import pin_conversation
from messaging.inbox import applying, follower
from messaging.inbox.applying import apply_changes
from messaging.inbox.follower import InboxFollower
from messaging.inbox.integrity import check_entries, count_behind
from messaging.inbox.recent_sends import MOST, RECENT_SENDS, RecentSends
from messaging.models import InboxEntry, InboxState
from messaging.reads.inbox.conversations import Filters, list_inbox
from messaging.relay import moved
from tests.cast import make_conversation, make_person, say
from tests.messaging.inbox.keeping import catch_up
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def by_entries(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """And a slot is waited for as long as it takes: others have transactions open."""
    monkeypatch.setattr(moved, "PATIENCE_MS", 0)
    settings.INBOX = "entries"
    RECENT_SENDS.clear()
    yield
    RECENT_SENDS.clear()


def follow_all() -> None:
    asyncio.run(InboxFollower().run(until_idle=True))


@contextmanager
def following(*, is_beside: bool = False) -> Iterator[None]:
    """A follower runs meanwhile, the only one unless it is beside another."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(InboxFollower().run())

    def run() -> None:
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.run_until_complete(loop.shutdown_default_executor())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        loop.close()
        eventually(lambda: is_beside or not leaders())


def leaders() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND (classid::bigint << 32 | objid::bigint) = %s",
            [follower.LOCK],
        )
        return [row[0] for row in cursor.fetchall()]


def is_sound() -> bool:
    return count_behind() == 0 and not any(it.differences for it in check_entries())


def order_of(person: User) -> list[Any]:
    found = list_inbox(user_id=person.pk, after=None, limit=50, filters=Filters())
    return [each["name"] for each in found.entries]


@pytest.mark.parametrize("way", ["decoding", "heads"])
def test_entries_of_all_are_written(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "heads":
        monkeypatch.setattr(follower, "decoded_log", lambda own: None)
    ann, ben = make_person("Ann"), make_person("Ben")
    places = [make_conversation(ann, ben, title=name) for name in "abc"]
    for place in places:
        say(place, ann)
    monkeypatch.setattr(moved, "SLICE", 2)

    follow_all()

    assert InboxEntry.objects.count() == 6
    assert is_sound()
    assert InboxState.objects.get().applied_at is not None
    say(places[0], ann)
    follow_all()
    assert order_of(ben) == ["a", "c", "b"]


@pytest.mark.parametrize("way", ["decoding", "heads"])
def test_a_message_moves_its_conversation_in_a_moment(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "heads":
        monkeypatch.setattr(follower, "decoded_log", lambda own: None)
    monkeypatch.setattr(follower, "COALESCE", 0.05)
    ann, ben = make_person("Ann"), make_person("Ben")
    places = [make_conversation(ann, ben, title=name) for name in "ab"]
    with following():
        for number in range(6):
            say(places[number % 2], ann)
            eventually(lambda: count_behind() == 0)
            assert order_of(ben)[0] == "ab"[number % 2]
    assert is_sound()


def test_who_has_lost_the_connection_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is away, messages are left to the next comparison of heads."""
    monkeypatch.setattr(follower, "COALESCE", 0.05)
    ann = make_person("Ann")
    place = make_conversation(ann)
    with following():
        eventually(lambda: len(leaders()) == 1 and is_sound())
        (lost,) = leaders()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s::int, 5000)", [lost])
        say(place, ann)
        eventually(lambda: lost not in leaders() and len(leaders()) == 1)
        eventually(is_sound)


def test_one_at_a_time_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "STAND_BY", 0.05)
    monkeypatch.setattr(follower, "COALESCE", 0.05)
    ann = make_person("Ann")
    place = make_conversation(ann)
    with following():
        eventually(lambda: len(leaders()) == 1)
        with following(is_beside=True):
            say(place, ann)
            eventually(is_sound)
            assert len(leaders()) == 1


def test_what_somebody_holds_is_left_for_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """And keeps nothing else back. Its cursor stays, so that nothing is lost."""
    monkeypatch.setattr(applying, "LOCK_TIMEOUT_MS", 20)
    ann = make_person("Ann")
    held, free = (make_conversation(ann, title=name) for name in ("held", "free"))
    catch_up()
    for place in (held, free):
        say(place, ann)
    with pins_elsewhere(held, ann):
        done = apply_changes([held.pk, free.pk])
        assert (done.left, done.written) == ([held.pk], 1)
        assert count_behind() == 1
    assert apply_changes([held.pk, free.pk]).left == []
    assert is_sound()


def test_entries_begin_under_the_locks_of_those_who_change_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pin that is not committed yet is not lost."""
    monkeypatch.setattr(applying, "LOCK_TIMEOUT_MS", 20)
    ann = make_person("Ann")
    place = make_conversation(ann)
    follow_all()
    InboxEntry.objects.all().delete()
    applying.send("DELETE FROM messaging_inboxcursor", {})
    with pins_elsewhere(place, ann):
        assert apply_changes([place.pk]).left == [place.pk]
    assert apply_changes([place.pk]).left == []
    assert InboxEntry.objects.get().pinned > timezone.now() - timedelta(hours=1)
    assert is_sound()


@contextmanager
def pins_elsewhere(place: Conversation, person: User) -> Iterator[None]:
    """A transaction of another connection has pinned, and commits at the end."""
    may_commit, has_pinned = threading.Event(), threading.Event()

    def pin() -> None:
        with transaction.atomic():
            pin_conversation(conversation_id=place.pk, user_id=person.pk)
            has_pinned.set()
            may_commit.wait()
        connection.close()

    thread = threading.Thread(target=pin)
    thread.start()
    has_pinned.wait()
    try:
        yield
    finally:
        may_commit.set()
        thread.join()


def test_people_see_at_once_what_they_write_themselves() -> None:
    """Though nobody follows. For others it comes with the follower."""
    ann, ben = make_person("Ann"), make_person("Ben")
    places = {name: make_conversation(ann, ben, title=name) for name in "abc"}
    catch_up()
    say(places["a"], ann)
    assert order_of(ann) == ["a", "c", "b"]
    assert order_of(ben) == ["c", "b", "a"]
    pin_conversation(conversation_id=places["b"].pk, user_id=ann.pk)
    assert order_of(ann) == ["b", "a", "c"]
    catch_up()
    assert order_of(ben) == ["a", "c", "b"]


def test_entries_that_nobody_keeps_up_are_not_read() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    places = {name: make_conversation(ann, ben, title=name) for name in "ab"}
    catch_up()
    say(places["a"], ann)
    assert order_of(ben) == ["b", "a"]
    long_ago = timezone.now() - timedelta(minutes=1)
    InboxState.objects.update(applied_at=long_ago)
    assert order_of(ben) == ["a", "b"]
    InboxState.objects.update(applied_at=None)
    assert order_of(ben) == ["a", "b"]


def test_an_entry_shows_nothing_that_may_not_be_seen() -> None:
    """Those of somebody who is not in: they are passed over, and the page is full all the same."""
    ann, ben = make_person("Ann"), make_person("Ben")
    places = [make_conversation(ann, ben, title=name) for name in "abc"]
    catch_up()
    Participant.objects.filter(user=ben, conversation=places[1]).delete()
    InboxEntry.objects.create(
        user=ben, conversation=make_conversation(ann), active_at=timezone.now()
    )
    page = list_inbox(user_id=ben.pk, after=None, limit=2, filters=Filters())
    assert [each["name"] for each in page.entries] == ["c", "a"]
    assert page.key is None


def test_who_writes_in_many_conversations_is_answered_by_counters() -> None:
    recent = RecentSends()
    ann = make_person("Ann")
    for number in range(MOST + 1):
        assert len(recent.of(ann.pk) or ()) == number
        row: Any = {"sender_id": ann.pk, "conversation_id": UUID(int=number)}
        recent.note(row)
    assert recent.of(ann.pk) is None


def test_what_was_sent_is_forgotten_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("messaging.inbox.recent_sends.time.monotonic", lambda: now)
    recent = RecentSends()
    row: Any = {"sender_id": UUID(int=1), "conversation_id": UUID(int=2)}
    recent.note(row)
    now = 20.0
    assert recent.of(UUID(int=1)) == {UUID(int=2): None}
    now = 40.0
    assert recent.of(UUID(int=1)) == {}
