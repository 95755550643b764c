"""Read by entries and read by counters, an inbox is the same, whatever has happened.

While the follower is behind, entries have everything but the order of what others wrote: the same
conversations with the same content, and the person's own changes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, example, given
from hypothesis import settings as how
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from accounts.models import User
from chatproject.core.errors import Refusal
from conversations import own_state
from conversations.folders import create_folder, place_conversation
from conversations.models import Conversation, Participant
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.receipts import mark_read
from messaging.inbox.integrity import check_entries
from messaging.inbox.recent_sends import RECENT_SENDS
from messaging.maintenance.retention import Due, expire
from messaging.membership.members import (
    add_people,
    join_conversation,
    leave_conversation,
    remove_person,
)
from messaging.reads.inbox import sources as inbox_sources
from messaging.reads.inbox.conversations import Filters, list_inbox
from tests.cast import make_conversation, make_direct, make_person, say
from tests.messaging.inbox.keeping import begin, catch_up
from tests.messaging.reads.world import undone

pytestmark = pytest.mark.django_db

PEOPLE = 4
LIMIT = 3  # members up to which a conversation fans out: groups cross it as people come and go
Entry = dict[str, Any]
Step = tuple[str, int, int, int]

OTHERS = ("say", "say", "say", "reply", "edit", "delete", "add", "remove", "retain")
OWN = (
    *("join", "leave", "leave", "pin", "unpin", "archive", "archive", "unarchive", "mute"),
    *("unmute", "hide", "read", "mark_unread", "clear", "folder"),
)
ALL = [
    Filters(archived=archived, unread=unread)
    for archived in (None, False, True)
    for unread in (False, True)
]
GROWN = [("add", 0, 0, 3), ("catch_up", 0, 0, 0), ("say", 0, 4, 0), ("say", 1, 0, 0)]
NOTHING_APPLIED = [("say", 1, 0, 0), ("archive", 0, 0, 0), ("say", 2, 0, 0), ("join", 3, 0, 0)]


@dataclass
class World:
    """People with conversations of each kind; the last of them is in none but a public one."""

    people: list[User]
    places: list[Conversation]

    def live(self, steps: Sequence[Step]) -> "World":
        for deed, who, which, choice in steps:
            if deed == "catch_up":
                catch_up()
                continue
            try:
                with transaction.atomic():
                    getattr(self, f"_{deed}")(self.people[who], self._place(which), choice)
            except Refusal:
                continue
        return self

    def _place(self, which: int) -> Conversation:
        return self.places[which % len(self.places)]

    def _say(self, person: User, place: Conversation, choice: int) -> None:
        say(place, person, f"words <@{self.people[choice].pk}>")

    def _reply(self, person: User, place: Conversation, choice: int) -> None:
        say(place, person, "a reply", thread_seq=1, also_to_conversation=choice == 0)

    def _edit(self, person: User, place: Conversation, choice: int) -> None:
        self._on_last(edit_message, person, place, choice, body=f"version {choice}")

    def _delete(self, person: User, place: Conversation, choice: int) -> None:
        self._on_last(delete_message, person, place, choice)

    def _hide(self, person: User, place: Conversation, choice: int) -> None:
        self._on_last(hide_message, person, place, choice)

    def _read(self, person: User, place: Conversation, choice: int) -> None:
        self._on_last(mark_read, person, place, choice)

    def _add(self, person: User, place: Conversation, choice: int) -> None:
        ids = [self.people[choice].pk]
        add_people(conversation_id=place.pk, by=self._owner(place), user_ids=ids)

    def _remove(self, person: User, place: Conversation, choice: int) -> None:
        other = self.people[choice].pk
        remove_person(conversation_id=place.pk, by=self._owner(place), user_id=other)

    def _join(self, person: User, place: Conversation, choice: int) -> None:
        join_conversation(conversation_id=place.pk, user_id=person.pk)

    def _leave(self, person: User, place: Conversation, choice: int) -> None:
        leave_conversation(conversation_id=place.pk, user_id=person.pk)

    def _retain(self, person: User, place: Conversation, choice: int) -> None:
        """Of all but the newest messages, or of all."""
        newest = timezone.now() + timedelta(minutes=1)
        assert list(expire(Due(place.pk, newest), sleep=lambda _: None))

    def _mute(self, person: User, place: Conversation, choice: int) -> None:
        until = None if choice else timezone.now() + timedelta(days=1)
        own_state.mute_conversation(conversation_id=place.pk, user_id=person.pk, until=until)

    def _folder(self, person: User, place: Conversation, choice: int) -> None:
        folder = create_folder(user_id=person.pk, name="Some")["id"]
        place_conversation(user_id=person.pk, conversation_id=place.pk, folder_id=folder)

    def _pin(self, *place: Any) -> None:
        self._own(own_state.pin_conversation, *place)

    def _unpin(self, *place: Any) -> None:
        self._own(own_state.unpin_conversation, *place)

    def _archive(self, *place: Any) -> None:
        self._own(own_state.archive_conversation, *place)

    def _unarchive(self, *place: Any) -> None:
        self._own(own_state.unarchive_conversation, *place)

    def _unmute(self, *place: Any) -> None:
        self._own(own_state.unmute_conversation, *place)

    def _mark_unread(self, *place: Any) -> None:
        self._own(own_state.mark_unread, *place)

    def _clear(self, *place: Any) -> None:
        self._own(own_state.clear_conversation, *place)

    def _own(
        self, action: Callable[..., Any], person: User, place: Conversation, choice: int
    ) -> None:
        action(conversation_id=place.pk, user_id=person.pk)

    def _on_last(
        self,
        action: Callable[..., Any],
        person: User,
        place: Conversation,
        choice: int,
        **more: Any,
    ) -> None:
        """On one of the newest messages."""
        place.refresh_from_db()
        seq = max(place.last_seq - choice, 1)
        action(conversation_id=place.pk, user_id=person.pk, seq=seq, **more)

    def _owner(self, place: Conversation) -> Any:
        inside = Participant.objects.open().filter(conversation=place, role="owner")
        return inside.values_list("user", flat=True).first() or self.people[0].pk


def make_world() -> World:
    people = [make_person(name) for name in ("Olga", "Mia", "Leo", "Otto")]
    owner, mia, leo, otto = people
    places = [
        make_conversation(owner, mia, leo),
        make_conversation(mia, owner, kind="public"),
        make_conversation(owner, mia, leo, otto, kind="broadcast"),
        make_direct(owner, mia),
        make_conversation(leo, owner),
    ]
    return World(people, places)


@pytest.fixture(autouse=True)
def entries(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """However slow the machine, entries count as fresh."""
    settings.INBOX, settings.INBOX_MEMBERS = "entries", LIMIT
    monkeypatch.setattr(inbox_sources, "IS_FRESH", "SELECT FROM messaging_inboxstate")
    RECENT_SENDS.clear()
    yield
    RECENT_SENDS.clear()


def whole_inbox(person: User, filters: Filters, *, limit: int, page_rows: Any) -> list[Entry]:
    """By pages, until there are no more."""
    entries: list[Entry] = []
    key = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("messaging.reads.inbox.listing.page_rows", page_rows)
        while True:
            page = list_inbox(user_id=person.pk, after=key, limit=limit, filters=filters)
            entries += page.entries
            key = page.key
            if key is None:
                return entries


def check_same(world: World, *, limit: int) -> None:
    for person in world.people:
        for filters in (*ALL, Filters(left=True)):
            read = (
                whole_inbox(person, filters, limit=limit, page_rows=way)
                for way in (inbox_sources.rows_by_counters, inbox_sources.page_rows)
            )
            expected, found = read
            assert found == expected, (person.name, filters)
    assert [it for checked in check_entries() for it in checked.differences] == []


def by_id(entries: Sequence[Entry]) -> dict[str, Entry]:
    found = {each["id"]: each for each in entries}
    assert len(found) == len(entries), "a conversation is on two pages"
    return found


def check_own(world: World, *, limit: int) -> None:
    """Of what is not applied yet only the order among those with the same pin may differ."""
    for person in world.people:
        for filters in ALL:
            expected, found = (
                whole_inbox(person, filters, limit=limit, page_rows=way)
                for way in (inbox_sources.rows_by_counters, inbox_sources.page_rows)
            )
            assert by_id(found) == by_id(expected), (person.name, filters)
            pins = [each["pinnedAt"] or "" for each in found]
            assert pins == sorted(pins, reverse=True)


def lives(*deeds: str) -> st.SearchStrategy[list[Step]]:
    step = st.tuples(
        st.sampled_from(deeds),
        st.integers(0, PEOPLE - 1),
        st.integers(0, 4),
        st.integers(0, PEOPLE - 1),
    )
    return st.lists(step, min_size=5, max_size=40)


PATIENT = how(
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@PATIENT
@given(steps=lives(*OTHERS, *OWN, "catch_up"), limit=st.integers(1, 6))
@example(steps=NOTHING_APPLIED, limit=1)
@example(steps=GROWN, limit=2)
def test_when_all_is_applied_the_answers_are_the_same(steps: list[Step], limit: int) -> None:
    with undone():
        begin()
        world = make_world().live(steps)
        catch_up()
        check_same(world, limit=limit)


@PATIENT
@given(steps=lives(*OTHERS, *OWN), limit=st.integers(1, 6))
@example(steps=NOTHING_APPLIED, limit=1)
def test_before_it_is_applied_only_the_order_differs(steps: list[Step], limit: int) -> None:
    with undone():
        world = make_world()
        catch_up()
        check_own(world.live(steps), limit=limit)


@PATIENT
@given(steps=lives(*OWN), limit=st.integers(1, 6))
def test_own_changes_need_no_follower(steps: list[Step], limit: int) -> None:
    with undone():
        world = make_world()
        catch_up()
        check_same(world.live(steps), limit=limit)
