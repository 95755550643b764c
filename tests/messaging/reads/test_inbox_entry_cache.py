"""Entries of the inbox that are kept are those that would be built, whatever has changed them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings

from accounts.models import User
from chatproject.core import metrics
from conversations.models import Participant
from messaging.reads.inbox import pages as inbox_pages
from messaging.reads.inbox import sources as inbox_sources
from messaging.reads.inbox.conversations import Filters, Inbox, list_inbox
from messaging.reads.inbox.entry_cache import (
    ENTRY_BYTES,
    ID_BYTES,
    PERSON_BYTES,
    InboxEntryCache,
    KeptEntry,
    digest_of,
    inbox_entries,
)
from tests.cast import leave, make_conversation, make_direct, make_person, say
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.reads.told_world import (
    KINDS,
    TOLD_APART,
    ToldWorld,
    make_told_world,
    told_lives,
)
from tests.messaging.reads.world import Step, undone
from tests.waiting import eventually

EVERY = 3  # steps, after which the inboxes are compared


def inbox(person: User, limit: int = 9, **filters: Any) -> Inbox:
    return list_inbox(user_id=person.pk, after=None, limit=limit, filters=Filters(**filters))


def seen(found: Inbox) -> Any:
    return [entry.json for entry in found.kept], found.key, found.people


def built(person: User, **filters: Any) -> Any:
    """The same without anything that is kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inbox_pages, "inbox_entries", InboxEntryCache())
        return seen(inbox(person, **filters))


def check(world: ToldWorld) -> None:
    for person in world.people:
        for filters in ({}, {"archived": True}, {"unread": True}):
            assert seen(inbox(person, **filters)) == built(person, **filters)


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    inbox_entries.clear()
    yield
    inbox_entries.clear()


@pytest.fixture
def within_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each step of a life were committed: it has a savepoint, whose rows have its number."""
    monkeypatch.setattr(inbox_pages, "is_in_transaction", lambda: False)


def live_and_check(kind: str, steps: list[Step]) -> None:
    with undone():
        world = make_told_world(kind)
        for start in range(0, len(steps), EVERY):
            world.live(steps[start : start + EVERY])
            check(world)


@pytest.mark.django_db
@settings(
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(kind=KINDS, steps=told_lives())
@example(kind="direct", steps=TOLD_APART)
@example(kind="group", steps=TOLD_APART)
def test_kept_entries_are_as_built(within_transactions: None, kind: str, steps: list[Step]) -> None:
    live_and_check(kind, steps)


@pytest.mark.django_db
@pytest.mark.parametrize("part", [0, 1, 2])
def test_each_part_of_the_version_is_needed(
    within_transactions: None, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    """Else the property could not fail."""

    def blind(self: InboxEntryCache, user_id: Any, versions: Any) -> dict[str, KeptEntry]:
        entries = self._people[user_id].entries if user_id in self._people else {}
        return {
            each: entries[each]
            for each, version in versions
            if each in entries and without(entries[each].version) == without(version)
        }

    def without(version: Any) -> Any:
        return [value for place, value in enumerate(version) if place != part]

    monkeypatch.setattr(InboxEntryCache, "get", blind)
    deed = (("say", 1, 1, 0), ("mark", 0, 1, 0), ("return", 0, 1, 0))[part]
    with undone():
        world = make_told_world("group")
        if part == 2:
            world.live([("archive", 0, 1, 1), ("mute", 0, 1, 1), ("say", 1, 1, 0)])
        check(world)
        if part == 2:  # an hour passes
            monkeypatch.setattr(inbox_pages, "THESE", later(inbox_pages.THESE))
            lists = {key: later(text) for key, text in inbox_sources.LISTS.items()}
            monkeypatch.setattr(inbox_sources, "LISTS", lists)
        else:
            world.live([deed])
        with pytest.raises(AssertionError):
            check(world)


def later(statement: str) -> str:
    return statement.replace(
        "statement_timestamp()", "(statement_timestamp() + interval '2 hours')"
    )


# -- committed, as in the server


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    scene = make_scene()
    for number in range(3):
        say(scene.conversation, scene.owner, f"message {number}")
    say(make_direct(scene.member, scene.admin), scene.admin)
    return scene


def test_two_queries_where_all_is_kept(scene: Scene, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):  # the list, entries
        first = inbox(scene.member)
    with django_assert_num_queries(2):  # the list, people
        assert seen(inbox(scene.member)) == seen(first)
    assert len(first.kept) == 2
    say(scene.conversation, scene.owner)
    with django_assert_num_queries(3):  # the list, the one entry, people
        third = inbox(scene.member)
    assert seen(third) == built(scene.member)


def test_hits_and_misses_are_counted(scene: Scene) -> None:
    def counts() -> list[float]:
        values = (metrics.INBOX_CACHE.labels(result)._value for result in ("hit", "miss"))
        return [value.get() for value in values]

    hits, misses = counts()
    inbox(scene.member)
    assert counts() == [hits, misses + 2]
    inbox(scene.member)
    assert counts() == [hits + 2, misses + 2]
    User.objects.filter(pk=scene.admin.pk).update(status_text="away")
    inbox(scene.member)
    assert counts() == [hits + 3, misses + 3]


def test_within_a_transaction_nothing_is_kept_or_found(scene: Scene) -> None:
    with transaction.atomic():
        inbox(scene.member)
        assert inbox_entries.size == 0
    inbox(scene.member)
    with transaction.atomic():
        Participant.objects.filter(user=scene.member).update(last_read_seq=1)
        Participant.objects.filter(user=scene.member).update(last_read_seq=2)
        assert seen(inbox(scene.member)) == built(scene.member)
        transaction.set_rollback(True)
    assert seen(inbox(scene.member)) == built(scene.member)


def test_a_status_ends_with_time(scene: Scene) -> None:
    until = timezone.now() + timedelta(seconds=0.6)
    User.objects.filter(pk=scene.admin.pk).update(status_text="away", status_until=until)

    def status() -> Any:
        return next(it["peer"]["status"] for it in inbox(scene.member).entries if it["peer"])

    assert status() == {"emoji": "", "text": "away"}
    eventually(lambda: status() is None)
    assert seen(inbox(scene.member)) == built(scene.member)


def test_what_was_kept_before_postgresql_was_started_is_not_found(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers of transactions may be those of another history then."""
    inbox(scene.member)
    earlier = {
        key: text.replace("pg_postmaster_start_time()", "'2020-01-01'::timestamptz")
        for key, text in inbox_sources.LISTS.items()
    }
    monkeypatch.setattr(inbox_sources, "LISTS", earlier)
    asked = [(it.id, (*it.version[:-1], timezone.now())) for it in inbox(scene.member).kept]
    assert inbox_entries.get(scene.member.pk, asked) == {}
    assert seen(inbox(scene.member)) == built(scene.member)


def test_who_left_between_the_list_and_the_entries_is_not_told_of_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = inbox_pages.tell_of

    def late(*args: Any, **kwargs: Any) -> Any:
        leave(scene.conversation, scene.member)
        return read(*args, **kwargs)

    monkeypatch.setattr("messaging.reads.inbox.conversations.tell_of", late)
    assert [entry["kind"] for entry in inbox(scene.member).entries] == ["direct"]
    monkeypatch.undo()
    assert seen(inbox(scene.member, left=True)) == built(scene.member, left=True)
    assert len(inbox(scene.member, left=True).kept) == 1


def test_of_what_one_has_left_nothing_is_kept(scene: Scene) -> None:
    leave(scene.conversation, scene.leaver)
    assert len(inbox(scene.leaver, left=True).kept) == 1
    assert inbox_entries.size == 0


@pytest.mark.parametrize("most", [0, 1_000, 4_000, 9_000, 900_000])
def test_a_page_is_as_long_whether_it_is_kept_or_not(
    transactional_db: None, settings: Any, most: int
) -> None:
    owner, member = make_person("Olga"), make_person("Mia")
    for number in range(6):
        say(make_conversation(owner, member), owner, "x" * (number * 400 + 1))
    settings.ANSWER_BYTES = most
    cold = inbox(member)
    assert seen(inbox(member)) == seen(cold) == built(member)
    entries, pages = cold.entries, [cold]
    while pages[-1].key is not None:
        page = list_inbox(user_id=member.pk, after=pages[-1].key, limit=9, filters=Filters())
        assert page.kept
        pages.append(page)
        entries += page.entries
    assert len({entry["id"] for entry in entries}) == len(entries) == 6
    for page in pages:
        total = sum(len(entry.json) + inbox_pages.SENDER_BYTES for entry in page.kept)
        assert total <= most or len(page.kept) == 1


# -- the memory


def entry(number: int, size: int = 1_000, version: int = 0) -> KeptEntry:
    json = b"x" * size
    return KeptEntry(f"{number}", (version,), None, (), json, digest_of(json), None, (), True)


def test_those_of_whom_has_asked_the_longest_ago_go_first(settings: Any) -> None:
    cache, people = InboxEntryCache(), [uuid4() for _ in range(5)]
    cache.put(people[0], [entry(n) for n in range(3)])
    settings.INBOX_CACHE_BYTES = 3 * cache.size
    for person in people[1:3]:
        cache.put(person, [entry(n) for n in range(3)])
    assert len(cache.get(people[0], [("0", (0,)), ("2", (0,)), ("7", (0,))])) == 2
    cache.put(people[3], [entry(n) for n in range(3)])
    assert cache.size == settings.INBOX_CACHE_BYTES
    held = [bool(cache.get(person, [("1", (0,))])) for person in people]
    assert held == [True, False, True, True, False]


def test_its_size_is_what_it_holds(settings: Any) -> None:
    settings.INBOX_CACHE_BYTES = 20 * ENTRY_BYTES
    cache, people = InboxEntryCache(), [uuid4() for _ in range(4)]
    for number in range(200):
        person = people[number % 3]
        cache.put(person, [entry(number % 7, 10 * (number % 50), number)])
        assert cache.size <= settings.INBOX_CACHE_BYTES
        assert cache.size == sum(each.size for each in cache._people.values())
        for each in cache._people.values():
            memory = sum(kept.memory for kept in each.entries.values())
            assert each.size == memory + PERSON_BYTES
    cache.put(people[3], [entry(0, 30 * ENTRY_BYTES)])
    assert cache.size == 0


def test_another_version_takes_the_place_of_an_entry() -> None:
    cache, person = InboxEntryCache(), uuid4()
    cache.put(person, [entry(1)])
    before = cache.size
    cache.put(person, [entry(1, version=1)])
    assert cache.size == before
    assert cache.get(person, [("1", (0,))]) == {}
    assert cache.get(person, [("1", (1,))]) == {"1": entry(1, version=1)}


def test_whom_a_page_told_of_is_noted_within_its_bytes(settings: Any) -> None:
    cache, (person, other) = InboxEntryCache(), (uuid4(), uuid4())
    cache.note_people(person, "page", ["a"])
    assert cache.people_of(person, "page") == ()  # of a person without entries
    cache.put(person, [entry(1)])
    cache.note_people(person, "page", ["a", "b"])
    assert cache.people_of(person, "page") == ["a", "b"]
    assert cache.people_of(person, "another page") == ()
    assert cache.people_of(other, "page") == ()
    before = cache.size
    cache.note_people(person, "page", ["a"] * 5)
    assert cache.size == before + 3 * ID_BYTES
    settings.INBOX_CACHE_BYTES = cache.size
    cache.note_people(person, "page", ["a"] * 6)
    assert cache.size == 0
    assert cache.people_of(person, "page") == ()


def test_kept_entries_and_the_same_people_take_one_round_trip(scene: Scene) -> None:
    def trips() -> int:
        steps = list_inbox.steps(user_id=scene.owner.pk, after=None, limit=9, filters=Filters())
        number = 0
        try:
            queries = next(steps)
            while True:
                number += bool(queries)
                queries = steps.send([each.fetch() for each in queries])
        except StopIteration:
            return number

    assert trips() > 1
    trips()  # which notes whom the kept entries tell of
    assert trips() == 1
