"""Entries of inboxes that are written over connections to the workers: the same as over the
coordinator, which is not asked, whatever moves, is held or dies."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from accounts.models import User
from chatproject.core.db.distributed.hosts import COORDINATOR
from chatproject.core.db.distributed.nodes import Nodes, nodes
from conversations.models import Conversation
from conversations.own_state import archive_conversation, pin_conversation
from messaging.inbox import applying, follower
from messaging.inbox.applying import FIRST, Applied
from messaging.inbox.integrity import count_behind
from messaging.inbox.worker_entries import WorkerEntries
from messaging.maintenance.erasure import close_account_for_erasure, finish_erasure
from messaging.membership.members import add_people, leave_conversation
from messaging.models import InboxCursor, InboxEntry
from tests import database
from tests.cast import make_conversation, make_direct, make_person, say
from tests.citus import cluster
from tests.messaging.inbox.keeping import begin, catch_up
from tests.messaging.inbox.test_follower import following, is_sound, pins_elsewhere
from tests.waiting import eventually

pytestmark = [
    pytest.mark.citus,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(autouse=True)
def known_nodes(settings: Settings) -> None:
    # Those of before may lead to a coordinator that has lost a worker which a test has killed.
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    settings.INBOX = "entries"
    nodes._away.clear()
    nodes.renew()
    assert nodes.are_several


@pytest.fixture
def workers() -> Iterator[WorkerEntries]:
    entries = WorkerEntries()
    yield entries
    entries.close()


def url() -> str:
    return database.url(connection.settings_dict["NAME"])


def follow(workers: WorkerEntries) -> Applied:
    begin()
    behind, last = workers.behind_after(FIRST, 10_000)
    assert last is None
    return workers.apply_changes(behind)


def make_places(number: int, *people: User) -> list[Conversation]:
    return [make_conversation(*people, title=f"number {each}") for each in range(number)]


def test_the_coordinator_is_not_asked(workers: WorkerEntries) -> None:
    """But for who was erased, when entries are written for the first time."""
    people = [make_person(f"P{number}") for number in range(12)]
    places = make_places(24, *people)
    asked: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        asked.append(sql)
        return execute(sql, *args)

    begin()
    with connection.execute_wrapper(note):
        behind, _ = workers.behind_after(FIRST, 1_000)
        first = workers.apply_changes(behind)
    assert all("messaging_erasedperson" in sql for sql in asked)
    assert (first.written, first.left) == (24 * 12, [])
    assert is_sound()

    for place in places:
        say(place, people[3])
        say(place, people[4])
    asked.clear()
    with connection.execute_wrapper(note):
        behind, _ = workers.behind_after(FIRST, 1_000)
        again = workers.apply_changes(behind)
    assert asked == []
    assert sorted(behind) == sorted(place.pk for place in places)
    assert again == Applied(24 * 12, 24, [])
    assert COORDINATOR not in workers._workers
    assert is_sound()


def test_what_has_moved_is_found_in_slices(workers: WorkerEntries) -> None:
    ann = make_person("Ann")
    ids = sorted(place.pk for place in make_places(9, ann))
    found, after = [], FIRST
    while True:
        behind, last = workers.behind_after(after, 4)
        found += behind
        if last is None:
            break
        after = last
    assert found == ids


def test_many_entries_are_written_shard_by_shard(workers: WorkerEntries) -> None:
    """So many that each shard of people is asked by itself."""
    people = [make_person(f"P{number}") for number in range(40)]
    places = make_places(6, *people)
    follow(workers)
    for place in places:
        say(place, people[0])
    assert follow(workers) == Applied(240, 0, [])
    assert is_sound()


def test_lives_of_conversations_are_followed(workers: WorkerEntries, settings: Settings) -> None:
    """Over the limit and back, joined and left, pinned and archived, erased, written anew."""
    settings.INBOX_MEMBERS = 4
    ann, ben, cid, *others = (make_person(f"P{number}") for number in range(8))
    place, other = make_places(2, ann, ben)
    direct = make_direct(ann, cid)
    follow(workers)
    assert is_sound()

    add_people(conversation_id=place.pk, by=ann.pk, user_ids=[each.pk for each in others])
    pin_conversation(conversation_id=place.pk, user_id=ben.pk)
    say(place, ann)
    follow(workers)
    assert is_sound()
    assert not InboxEntry.objects.filter(conversation=place, fans_out=True).exists()

    for each in others[:4]:
        leave_conversation(conversation_id=place.pk, user_id=each.pk)
    archive_conversation(conversation_id=other.pk, user_id=ann.pk)
    say(other, ben)
    follow(workers)
    assert is_sound()
    assert InboxEntry.objects.filter(conversation=place, fans_out=True).count() == 3

    leave_conversation(conversation_id=other.pk, user_id=ben.pk)
    say(other, ann)
    add_people(conversation_id=other.pk, by=ann.pk, user_ids=[ben.pk])
    close_account_for_erasure(user=cid)
    finish_erasure(user=cid)
    InboxCursor.objects.filter(pk__in=[direct.pk, place.pk]).delete()
    follow(workers)
    assert is_sound()
    assert not InboxEntry.objects.filter(user=cid).exists()


def test_what_somebody_holds_is_left_and_keeps_nothing_else(
    workers: WorkerEntries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "LOCK_TIMEOUT_MS", 20)
    ann, ben = make_person("Ann"), make_person("Ben")
    held, *free = make_places(8, ann, ben)
    follow(workers)
    for place in (held, *free):
        say(place, ben)
    with pins_elsewhere(held, ann):
        done = follow(workers)
        assert (done.left, done.written) == ([held.pk], 2 * len(free))
        assert count_behind() == 1
    assert follow(workers).left == []
    assert is_sound()

    InboxCursor.objects.filter(pk=held.pk).delete()
    with pins_elsewhere(held, ben):
        assert follow(workers).left == [held.pk]
    assert follow(workers).left == []
    assert is_sound()


@pytest.mark.parametrize("table", ["messaging_message", "messaging_inboxentry"])
def test_what_was_moved_since_is_found_and_written(
    workers: WorkerEntries, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """Though nothing but a read that fails finds it out."""
    ann, ben = make_person("Ann"), make_person("Ben")
    places = make_places(24, ann, ben)
    follow(workers)
    monkeypatch.setattr(nodes, "_renew_at", float("inf"))
    monkeypatch.setattr(nodes, "renew", lambda: None)
    for _ in range(2):  # there and back
        assert cluster.move_shards(url(), 4, table) == 4
        for place in places:
            say(place, ann)
        done = follow(workers)
        assert (done.written, done.left) == (48, [])
        assert is_sound()


def test_shards_move_and_are_split_while_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last but one test of this file, since the database has more shards from here on."""
    monkeypatch.setattr(follower, "COALESCE", 0.05)
    monkeypatch.setattr(follower, "RETRY", 0.05)
    people = [make_person(f"P{number}") for number in range(6)]
    places = make_places(16, *people)
    with following():
        eventually(is_sound)
        for change in (
            lambda: cluster.move_shards(url(), 3),
            lambda: cluster.move_shards(url(), 3, "messaging_inboxentry"),
            lambda: cluster.split_shards(url(), 2),
        ):
            for place in places:
                say(place, people[0])
            change()
            Nodes.renew(nodes)
            for number, place in enumerate(places):
                pin_conversation(conversation_id=place.pk, user_id=people[number % 5].pk)
                say(place, people[1])
        eventually(lambda: count_behind() == 0, seconds=60)
    assert is_sound()


def test_a_worker_is_killed_while_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = cluster.worker_to_kill()
    monkeypatch.setattr(follower, "COALESCE", 0.05)
    monkeypatch.setattr(follower, "RETRY", 0.2)
    ann, ben = make_person("Ann"), make_person("Ben")
    places = make_places(16, ann, ben)
    with following():
        eventually(is_sound)
        for _ in range(2):
            for place in places:
                say(place, ann)
            worker.kill()
            worker = worker.start()
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]
            cluster.wait_until_whole(url())
            eventually(lambda: count_behind() == 0, seconds=120)
    assert is_sound()
    assert catch_up().left == []
