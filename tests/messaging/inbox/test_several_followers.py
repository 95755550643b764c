"""Several followers side by side: each conversation is written by one of them, and all by all."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from conversations.models import Conversation
from messaging.inbox import follower, gauges
from messaging.inbox.applying import Applied, database_clock, note_applied
from messaging.inbox.follower import InboxFollower
from messaging.inbox.integrity import check_entries, count_behind
from messaging.inbox.recent_sends import RECENT_SENDS
from messaging.models import InboxEntry, InboxState
from messaging.reads.inbox.sources import FRESH_SECONDS, IS_FRESH
from messaging.relay import moved
from messaging.relay.parts import WHOLE, Part, parts_of
from tests.cast import make_conversation, make_person, say

NOTHING = Applied(0, 0, [])


@pytest.fixture(autouse=True)
def by_entries(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """And a slot is waited for as long as it takes: others have transactions open."""
    monkeypatch.setattr(moved, "PATIENCE_MS", 0)
    settings.INBOX = "entries"
    yield
    RECENT_SENDS.clear()


def write_some() -> dict[Part, list[Conversation]]:
    """In conversations of each of three parts."""
    ann, ben = make_person("Ann"), make_person("Ben")
    places: dict[Part, list[Conversation]] = {part: [] for part in parts_of(3)}
    while not all(places.values()):
        place = make_conversation(ann, ben)
        (part,) = (it for it in places if it.has(place.pk))
        places[part].append(place)
        say(place, ann)
    return places


def is_fresh() -> bool:
    """Whether inboxes are read by entries, if these may be 50 seconds old: the slot of one part
    waits for the transactions of other tests, and the entries of the part before grow old."""
    stale, patient = f"'{FRESH_SECONDS} seconds'", "'50 seconds'"
    assert stale in IS_FRESH
    with connection.cursor() as cursor:
        cursor.execute(IS_FRESH.replace(stale, patient))
        return bool(cursor.rowcount)


def is_sound() -> bool:
    return count_behind() == 0 and not any(it.differences for it in check_entries())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["decoding", "heads"])
def test_each_of_several_writes_its_part(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "heads":
        monkeypatch.setattr(follower, "decoded_log", lambda own: None)
    places = write_some()
    written: set[Any] = set()
    for part in places:
        assert not is_fresh()
        asyncio.run(InboxFollower([part]).run(until_idle=True))
        written |= {place.pk for place in places[part]}
        assert set(InboxEntry.objects.values_list("conversation_id", flat=True)) == written
    assert is_fresh()
    assert is_sound()


@pytest.mark.django_db(transaction=True)
def test_one_process_that_ends_has_written_all_parts(settings: Settings) -> None:
    write_some()
    settings.INBOX_FOLLOWERS = 3
    call_command("relay", once=True)
    assert is_fresh()
    assert is_sound()
    assert InboxState.objects.count() == 3


@pytest.mark.django_db
def test_entries_are_read_while_all_parts_are_fresh() -> None:
    first, second = parts_of(2)
    assert not is_fresh()
    note_applied(NOTHING, database_clock(), second)
    assert not is_fresh()
    note_applied(NOTHING, database_clock(), first)
    assert is_fresh()
    InboxState.objects.filter(pk=2).update(applied_at=timezone.now() - timedelta(minutes=1))
    assert not is_fresh()
    note_applied(NOTHING, None, second)  # it is back, and has not come to its end
    assert not is_fresh()
    note_applied(NOTHING, database_clock(), second)
    assert is_fresh()


@pytest.mark.django_db
def test_what_a_part_was_says_nothing_of_another_number_of_parts() -> None:
    for part in parts_of(2):
        note_applied(NOTHING, database_clock(), part)
    note_applied(NOTHING, None)
    assert not is_fresh()  # the conversations of the second part may be behind
    note_applied(NOTHING, database_clock())
    assert is_fresh()
    note_applied(NOTHING, database_clock(), Part(0, 2))
    assert is_fresh()  # the other one is as fresh as it was
    note_applied(NOTHING, database_clock(), WHOLE)
    for part in parts_of(3)[1:]:
        note_applied(NOTHING, database_clock(), part)
    assert is_fresh()  # nobody is the first of three yet
    note_applied(NOTHING, None, Part(0, 3))
    assert not is_fresh()


@pytest.mark.django_db
def test_the_lag_is_that_of_the_last_part(settings: Settings) -> None:
    settings.INBOX_FOLLOWERS = 2
    first, second = parts_of(2)
    note_applied(Applied(3, 1, []), database_clock(), first)
    assert gauges.read_lag()[()] < 60
    note_applied(Applied(4, 0, []), None, second)
    assert gauges.read_lag() == {}  # it has not come to its end once
    note_applied(NOTHING, timezone.now() - timedelta(hours=1), second)
    assert gauges.read_lag()[()] > 3500
    assert (gauges.read_written(), gauges.read_coalesced()) == ({(): 7.0}, {(): 1.0})
    settings.INBOX_FOLLOWERS = 1
    assert gauges.read_lag()[()] < 60  # there is one part alone now
