"""The last page from what is kept of it is the one that is read: by whom, and after whatever."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from accounts.models import User
from accounts.people.accounts import update_profile
from chatproject.core.db.readings import reading
from conversations.models import Conversation
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message, unhide_message
from messaging.actions.pins import pin_message
from messaging.actions.reactions import add_reaction, remove_reaction
from messaging.actions.receipts import mark_read
from messaging.membership.bans import ban_person
from messaging.membership.members import add_people, join_conversation, leave_conversation
from messaging.reads.cache import latest_page, latest_page_cache
from messaging.reads.cache.latest_page_cache import (
    ENTRY_BYTES,
    MESSAGE_BYTES,
    PAGE,
    SIZE,
    CachedMessage,
    CachedPage,
    LatestPageCache,
)
from messaging.reads.history import PageAnchor, history_page
from messaging.reads.window import newest
from messaging.sending import send
from messaging.sending.drafts import Draft
from tests.cast import make_conversation, make_person, say
from tests.messaging.actions.scene import Scene, make_scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _empty() -> None:
    latest_page_cache.latest_pages.clear()


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def page(conversation: Conversation, viewer: User, limit: int = PAGE) -> dict[str, Any]:
    place = {"conversation_id": conversation.pk, "viewer_id": viewer.pk}
    found = history_page(**place, anchor=PageAnchor(), limit=limit)
    return {**found, "people": sorted(found["people"], key=lambda person: person["id"])}


def read_page(conversation: Conversation, viewer: User, limit: int = PAGE) -> dict[str, Any]:
    """The same from the database: within a transaction nothing kept is used."""
    with transaction.atomic():
        return page(conversation, viewer, limit)


def kept(conversation: Conversation) -> CachedPage | None:
    conversation.refresh_from_db()
    return latest_page_cache.latest_pages.get(conversation.pk, conversation.last_rev)


def test_a_page_is_read_once(scene: Scene, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        say(scene.conversation, scene.owner)
    assert kept(scene.conversation) is None
    with django_assert_num_queries(3):  # who sees what, the messages, names and hides
        first = page(scene.conversation, scene.member)
    with django_assert_num_queries(2):
        assert page(scene.conversation, scene.member) == first
    with django_assert_num_queries(3):  # and how far the others have read one's own
        page(scene.conversation, scene.owner)


def test_a_sent_message_moves_it_on(scene: Scene, django_assert_num_queries: Any) -> None:
    say(scene.conversation, scene.owner)
    page(scene.conversation, scene.member)
    for n in range(SIZE + 3):
        say(scene.conversation, scene.admin, f"to <@{scene.leaver.pk}>, {n}")
        with django_assert_num_queries(2):
            published = page(scene.conversation, scene.member)
        assert published == read_page(scene.conversation, scene.member)


def test_a_batch_moves_it_on_message_by_message(scene: Scene) -> None:
    say(scene.conversation, scene.owner)
    page(scene.conversation, scene.member)
    drafts = [
        Draft(conversation_id=scene.id, sender_id=person.pk, body=f"{n}", client_id=uuid4())
        for n, person in enumerate([scene.owner, scene.admin, scene.owner])
    ]
    send.send_messages(drafts)
    assert kept(scene.conversation) is not None
    for viewer in (scene.owner, scene.member):
        assert page(scene.conversation, viewer) == read_page(scene.conversation, viewer)


def _changes(scene: Scene) -> list[Callable[[], Any]]:
    """Everything that can happen to a message or to who sees it, one after the other."""
    place = {"conversation_id": scene.id, "seq": 2}
    owner, member, late = scene.owner.pk, scene.member.pk, scene.outsider.pk
    return [
        lambda: edit_message(**place, user_id=owner, body=f"see <@{member}>"),
        lambda: add_reaction(**place, user_id=member, emoji="👍"),
        lambda: add_reaction(**place, user_id=owner, emoji="👍"),
        lambda: remove_reaction(**place, user_id=member, emoji="👍"),
        lambda: pin_message(**place, user_id=member),
        lambda: hide_message(**place, user_id=member),
        lambda: unhide_message(**place, user_id=member),
        lambda: mark_read(**place, user_id=member),
        lambda: update_profile(user=scene.owner, name="Olga the second"),
        lambda: add_people(conversation_id=scene.id, by=owner, user_ids=[late]),
        lambda: say(scene.conversation, scene.outsider, "good morning"),
        lambda: leave_conversation(conversation_id=scene.id, user_id=scene.leaver.pk),
        lambda: say(scene.conversation, scene.owner, "who left does not see this"),
        lambda: delete_message(**place, user_id=owner),
        lambda: leave_conversation(conversation_id=scene.id, user_id=late),
        lambda: add_people(conversation_id=scene.id, by=owner, user_ids=[late]),
        lambda: say(scene.conversation, scene.admin, "and again"),
        lambda: ban_person(conversation_id=scene.id, by=owner, user_id=member),
    ]


@pytest.mark.parametrize("limit", [1, 3, PAGE])
def test_it_is_as_read_after_whatever_happens(scene: Scene, limit: int) -> None:
    for n in range(4):
        say(scene.conversation, (scene.member, scene.owner)[n % 2], f"message {n}")
    people = [scene.owner, scene.admin, scene.member, scene.leaver]
    used = 0
    for change in _changes(scene):
        change()
        for viewer in [
            *people,
            *([scene.outsider] if "late" in change.__code__.co_freevars else []),
        ]:
            for _ in range(2):
                published = page(scene.conversation, viewer, limit)
                assert published == read_page(scene.conversation, viewer, limit)
        used += kept(scene.conversation) is not None
    assert used == len(_changes(scene))


def test_where_all_before_it_are_hidden_the_page_is_the_first(scene: Scene) -> None:
    for n in range(4):
        say(scene.conversation, scene.owner, f"message {n}")
    page(scene.conversation, scene.member, 3)
    hide_message(conversation_id=scene.id, seq=1, user_id=scene.member.pk)
    found = page(scene.conversation, scene.member, 3)
    assert [it["seq"] for it in found["results"]] == [2, 3, 4]
    assert found["previous"] is None
    assert page(scene.conversation, scene.owner, 3)["previous"] is not None


def test_a_reader_of_a_public_one_has_it_too(django_assert_num_queries: Any) -> None:
    owner, reader = make_person("Olga"), make_person("Rita")
    public = make_conversation(owner, kind="public")
    say(public, owner)
    published = page(public, reader)
    assert published == read_page(public, reader)
    with django_assert_num_queries(2):
        assert page(public, reader) == published
    join_conversation(conversation_id=public.pk, user_id=reader.pk)
    assert page(public, reader) == read_page(public, reader)


def test_who_left_has_none_of_it(scene: Scene) -> None:
    say(scene.conversation, scene.owner, "before")
    leave_conversation(conversation_id=scene.id, user_id=scene.leaver.pk)
    say(scene.conversation, scene.owner, "after")
    page(scene.conversation, scene.member)
    contents = [each["content"] for each in page(scene.conversation, scene.leaver)["results"]]
    assert contents == ["before", ""]


def test_where_too_many_have_reacted_it_is_read() -> None:
    owner, crowd = make_person(), [make_person() for _ in range(51)]
    group = make_conversation(owner, *crowd)
    say(group, owner)
    for person in crowd:
        add_reaction(conversation_id=group.pk, user_id=person.pk, seq=1, emoji="👍")
    published = page(group, crowd[-1])
    assert published["results"][0]["myReactions"] == ["👍"]
    latest_page = kept(group)
    assert latest_page is not None
    assert latest_page.messages == []
    say(group, owner, "one more")
    assert page(group, crowd[-1]) == read_page(group, crowd[-1])


def test_what_was_not_committed_is_not_kept(scene: Scene) -> None:
    say(scene.conversation, scene.owner)
    page(scene.conversation, scene.member)
    before = kept(scene.conversation)
    with transaction.atomic():
        page(scene.conversation, scene.member)
        say(scene.conversation, scene.owner, "never was")
        page(scene.conversation, scene.member)
        transaction.set_rollback(True)
    assert kept(scene.conversation) == before
    assert len(page(scene.conversation, scene.member)["results"]) == 1


def test_what_has_moved_while_it_was_read_is_not_kept(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edit after the head was read and before the messages are."""
    say(scene.conversation, scene.owner, "first")

    def edits_first(*args: Any, **options: Any) -> Any:
        place = {"conversation_id": scene.id, "seq": 1}
        edit_message(**place, user_id=scene.owner.pk, body=f"{uuid4()}")
        return (yield from newest.steps(*args, **options))

    monkeypatch.setattr(latest_page, "newest", reading(edits_first))
    page(scene.conversation, scene.member)
    monkeypatch.undo()
    assert not latest_page_cache.latest_pages._pages
    assert page(scene.conversation, scene.member) == read_page(scene.conversation, scene.member)


# -- what is kept


def made(n: int, size: int = 1_000) -> CachedMessage:
    return CachedMessage(n, b"x" * (size - MESSAGE_BYTES), None)


def test_a_page_of_another_rev_is_none() -> None:
    pages, conversation = LatestPageCache(), uuid4()
    pages.put(conversation, CachedPage(5, [made(1)]))
    assert pages.get(conversation, 4) is None
    assert pages.get(conversation, 6) is None
    pages.put(conversation, CachedPage(4, [made(0)]))  # by a reader who was slow
    assert pages.get(conversation, 5) == CachedPage(5, [made(1)])


def test_a_gap_ends_it() -> None:
    pages, conversation = LatestPageCache(), uuid4()
    pages.follow(conversation, 6, made(2))
    assert pages.get(conversation, 6) is None
    pages.put(conversation, CachedPage(5, [made(1)]))
    pages.follow(conversation, 7, made(3))
    assert pages.get(conversation, 7) is None
    assert pages.peek(conversation) == CachedPage(5, [made(1)])  # what it is completed from
    pages.put(conversation, CachedPage(8, []))  # it could not be cached
    pages.follow(conversation, 9, made(4))
    assert pages.peek(conversation) is None


def test_what_comes_late_changes_nothing() -> None:
    pages, conversation = LatestPageCache(), uuid4()
    pages.put(conversation, CachedPage(7, [made(1)]))
    pages.follow(conversation, 7, made(2))
    pages.follow(conversation, 6, made(2))
    assert pages.get(conversation, 7) == CachedPage(7, [made(1)])


def test_it_does_not_grow_beyond_its_bytes(settings: Any) -> None:
    settings.PAGE_CACHE_BYTES = 3 * (ENTRY_BYTES + 1_000)
    pages, conversations = LatestPageCache(), [uuid4() for _ in range(4)]
    for conversation in conversations[:3]:
        pages.put(conversation, CachedPage(1, [made(1)]))
    assert pages.get(conversations[0], 1)
    pages.put(conversations[3], CachedPage(1, [made(1)]))
    assert pages.get(conversations[1], 1) is None  # which was used longest ago
    assert pages.size == settings.PAGE_CACHE_BYTES


def test_an_entry_has_the_last_messages_only(settings: Any) -> None:
    pages, conversation = LatestPageCache(), uuid4()
    pages.put(conversation, CachedPage(1, [made(1)]))
    for n in range(2, 2 * SIZE):
        pages.follow(conversation, n, made(n, size=700))
        assert pages.size <= ENTRY_BYTES + SIZE * 1_000
    found = pages.get(conversation, 2 * SIZE - 1)
    assert found is not None
    assert [each.seq for each in found.messages] == list(range(SIZE, 2 * SIZE))[-SIZE:]
    assert pages.size == ENTRY_BYTES + SIZE * 700


def test_messages_that_are_sent_count_before_they_are_read(settings: Any) -> None:
    settings.PAGE_CACHE_BYTES = 100_000
    pages, conversations = LatestPageCache(), [uuid4() for _ in range(9)]
    for conversation in conversations:
        pages.put(conversation, CachedPage(1, [made(1)]))
    for conversation in conversations:
        pages.follow(conversation, 2, made(2, size=90_000))
        assert pages.size <= settings.PAGE_CACHE_BYTES
    assert pages.get(conversations[-1], 2)
    assert not any(pages.holds(each) for each in conversations[:-1])


def test_the_bytes_of_a_page_are_those_it_takes(scene: Scene) -> None:
    """Of a text those of its JSON: one emoji would make Python keep every character in four."""
    say(scene.conversation, scene.owner, "a" * 7_999 + "\U0001f600")
    page(scene.conversation, scene.member)
    read = latest_page_cache.latest_pages.size
    assert 8_000 < read - ENTRY_BYTES < 10_000
    latest_page_cache.latest_pages.clear()
    page(scene.conversation, scene.member)
    say(scene.conversation, scene.owner, "a" * 7_999 + "\U0001f600")
    page(scene.conversation, scene.member)
    assert latest_page_cache.latest_pages.size >= 2 * read - ENTRY_BYTES - 100


def test_a_page_that_is_too_large_for_an_answer_is_not_cached(scene: Scene, settings: Any) -> None:
    settings.ANSWER_BYTES = 20_000
    for _ in range(5):
        say(scene.conversation, scene.owner, "x" * 5_000)
    told = page(scene.conversation, scene.member)
    assert told == read_page(scene.conversation, scene.member)
    assert len(told["results"]) == 3
    latest_page = kept(scene.conversation)
    assert latest_page is not None
    assert latest_page.messages == []
