"""A page from further back is the same from the cache as from the database: by whom, and after
whatever."""

from collections.abc import Iterator
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from chatproject.core.db.readings import reading
from chatproject.core.errors import NotFound
from conversations.errors import ConversationNotFound
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.reactions import add_reaction
from messaging.membership.members import leave_conversation
from messaging.reads.cache import older_page
from messaging.reads.cache.latest_page_cache import MESSAGE_BYTES, CachedMessage, CachedPage
from messaging.reads.cache.log_cache import BLOCK, BLOCK_BYTES, LogCache, logs
from messaging.reads.history import PageAnchor, history_page
from messaging.reads.window import newest
from tests.cast import say
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.reads.told_world import (
    KINDS,
    TOLD_APART,
    ToldWorld,
    make_told_world,
    told_lives,
)
from tests.messaging.reads.world import Step, undone

EVERY = 3  # steps, after which the pages are compared


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    logs.clear()
    yield
    logs.clear()


def page(conversation_id: UUID, viewer: User, before: int, limit: int = 3) -> Any:
    place = {"conversation_id": conversation_id, "viewer_id": viewer.pk}
    try:
        found = history_page(**place, anchor=PageAnchor(before=before), limit=limit)
    except NotFound:
        return None
    return {**found, "people": sorted(found["people"], key=lambda person: person["id"])}


def read_page(conversation_id: UUID, viewer: User, before: int, limit: int = 3) -> Any:
    """The same without the cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(older_page, "is_in_cache", lambda limit: False)
        return page(conversation_id, viewer, before, limit)


def check(world: ToldWorld) -> None:
    world.conversation.refresh_from_db()
    for person in world.people:
        for before in range(0, world.conversation.last_seq + 3, 2):
            asked = world.id, person, before
            assert page(*asked) == page(*asked) == read_page(*asked)


@pytest.fixture
def within_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each step of a life were committed."""
    monkeypatch.setattr(older_page, "is_in_cache", lambda limit: True)


def live_and_check(kind: str, steps: list[Step]) -> None:
    logs.clear()
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
def test_cached_pages_are_as_read(within_transactions: None, kind: str, steps: list[Step]) -> None:
    live_and_check(kind, steps)


# -- committed, as in the server


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    scene = make_scene()
    for n in range(6):
        say(scene.conversation, (scene.owner, scene.member)[n % 2], f"message {n}")
    return scene


def test_a_page_is_read_once(scene: Scene, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(4):  # who sees what, messages; names and hides, watermarks
        first = page(scene.id, scene.member, 5)
    with django_assert_num_queries(3):
        assert page(scene.id, scene.member, 5) == first
    with django_assert_num_queries(3):
        found = page(scene.id, scene.owner, 5)
    assert found == read_page(scene.id, scene.owner, 5)


def test_pages_that_overlap_make_one(scene: Scene, django_assert_num_queries: Any) -> None:
    page(scene.id, scene.member, 7)
    page(scene.id, scene.member, 4)
    with django_assert_num_queries(3):
        found = page(scene.id, scene.member, 6)
    assert found == read_page(scene.id, scene.member, 6)


def test_what_is_sent_leaves_it_as_it_is(scene: Scene, django_assert_num_queries: Any) -> None:
    page(scene.id, scene.member, 5)
    say(scene.conversation, scene.owner, "more")
    page(scene.id, scene.member, 5)
    with django_assert_num_queries(3):
        found = page(scene.id, scene.member, 5)
    assert found == read_page(scene.id, scene.member, 5)
    assert found["rev"] == 7


def test_a_reply_changes_its_root(scene: Scene) -> None:
    page(scene.id, scene.member, 5)
    say(scene.conversation, scene.owner, "a reply", thread_seq=3)
    found = page(scene.id, scene.member, 5)
    assert found == read_page(scene.id, scene.member, 5)
    assert found["results"][1]["thread"]["replyCount"] == 1


def test_an_outsider_gets_nothing_of_it(scene: Scene) -> None:
    page(scene.id, scene.member, 5)
    for _ in range(2):
        with pytest.raises(ConversationNotFound):
            history_page(
                conversation_id=scene.id,
                viewer_id=scene.outsider.pk,
                anchor=PageAnchor(before=5),
                limit=3,
            )
        logs.clear()


def test_who_left_sees_it_as_it_was(scene: Scene) -> None:
    leave_conversation(conversation_id=scene.id, user_id=scene.leaver.pk)
    edit_message(conversation_id=scene.id, seq=3, user_id=scene.owner.pk, body="later")
    page(scene.id, scene.member, 5)
    found = page(scene.id, scene.leaver, 5)
    assert [it["content"] for it in found["results"]] == ["message 1", "message 2", "message 3"]


def test_who_has_hidden_one_does_not_see_it(scene: Scene) -> None:
    page(scene.id, scene.member, 5)
    hide_message(conversation_id=scene.id, seq=3, user_id=scene.member.pk)
    found = page(scene.id, scene.member, 5)
    assert [it["seq"] for it in found["results"]] == [1, 2, 4]
    assert [it["seq"] for it in page(scene.id, scene.owner, 5)["results"]] == [2, 3, 4]


def test_where_all_before_it_are_hidden_the_page_is_the_first(scene: Scene) -> None:
    page(scene.id, scene.member, 5)
    hide_message(conversation_id=scene.id, seq=1, user_id=scene.member.pk)
    found = page(scene.id, scene.member, 5)
    assert [it["seq"] for it in found["results"]] == [2, 3, 4]
    assert found["previous"] is None
    assert page(scene.id, scene.owner, 5)["previous"] is not None


def test_where_too_many_have_reacted_it_is_read(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cached message names so many of them, who may not be all."""
    monkeypatch.setattr(older_page, "is_the_same_to_all", lambda row: not row.reactions)
    add_reaction(conversation_id=scene.id, seq=3, user_id=scene.member.pk, emoji="👍")
    for _ in range(2):
        found = page(scene.id, scene.member, 5)
        assert found == read_page(scene.id, scene.member, 5)
        assert found["results"][1]["myReactions"] == ["👍"]


def test_what_is_too_large_for_an_answer_is_read(scene: Scene, settings: Any) -> None:
    settings.ANSWER_BYTES = 3_000
    for _ in range(2):
        found = page(scene.id, scene.member, 7, 6)
        assert found == read_page(scene.id, scene.member, 7, 6)
        assert len(found["results"]) == 2


def test_what_has_moved_while_it_was_read_is_not_kept(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edit after the head was read and before the messages are."""

    def edits_first(*args: Any, **options: Any) -> Any:
        yield []
        edit_message(conversation_id=scene.id, seq=3, user_id=scene.owner.pk, body=f"{uuid4()}")
        return (yield from newest.steps(*args, **options))

    monkeypatch.setattr(older_page, "newest", reading(edits_first))
    page(scene.id, scene.member, 5)
    monkeypatch.undo()
    assert logs.size == 0
    assert page(scene.id, scene.member, 5) == read_page(scene.id, scene.member, 5)


# -- what is kept


def made(seq: int, size: int = 1_000) -> CachedMessage:
    return CachedMessage(seq, b"x" * (size - MESSAGE_BYTES), None)


def test_none_is_returned_where_one_is_not_known() -> None:
    cache, conversation = LogCache(), uuid4()
    cache.put(conversation, 9, 3, 6, [made(3), made(5)])
    assert cache.before(conversation, 7, 2) == CachedPage(9, [made(3), made(5)])
    assert cache.before(conversation, 7, 3) is None
    assert cache.before(conversation, 8, 1) is None
    cache.put(conversation, 9, 1, 2, [made(2)])
    assert cache.before(conversation, 7, 9) == CachedPage(9, [made(2), made(3), made(5)])
    assert cache.before(conversation, 1, 9) == CachedPage(9, [])


LAST = 3 * BLOCK + 5


@given(
    gaps=st.sets(st.integers(1, LAST), max_size=8),  # seqs that are not in the timeline
    known=st.lists(st.tuples(st.integers(1, LAST), st.integers(1, LAST)), min_size=1, max_size=4),
    counts=st.lists(st.integers(1, 2 * BLOCK), min_size=1, max_size=3),
)
@example(gaps=set(), known=[(1, LAST)], counts=[1, 51, BLOCK, 2 * BLOCK])
def test_what_is_found_is_what_a_list_would_have(
    gaps: set[int], known: list[tuple[int, int]], counts: list[int]
) -> None:
    cache, conversation = LogCache(), uuid4()
    seqs = set()
    for one, other in known:
        asked = range(min(one, other), max(one, other) + 1)
        seqs |= set(asked)
        told = [made(seq) for seq in asked if seq not in gaps]
        cache.put(conversation, 9, asked[0], asked[-1], told)
    for end, count in product(range(2, LAST + 2), counts):
        there = [seq for seq in range(1, end) if seq not in gaps][-count:]
        needed = range(there[0] if len(there) == count else 1, end)
        page = CachedPage(9, [made(seq) for seq in there]) if seqs.issuperset(needed) else None
        assert cache.before(conversation, end, count) == page


def test_a_page_of_another_rev_is_none() -> None:
    cache, conversation = LogCache(), uuid4()
    cache.put(conversation, 5, 1, 1, [made(1)])
    assert cache.before(conversation, 2, 1, rev=4) is None
    assert cache.before(conversation, 2, 1, rev=6) is None
    cache.put(conversation, 4, 1, 2, [made(1), made(2)])  # by a reader who was slow
    assert cache.before(conversation, 3, 1) is None
    cache.put(conversation, 6, 2, 2, [made(2)])
    assert cache.before(conversation, 3, 1, rev=6) == CachedPage(6, [made(2)])
    assert cache.before(conversation, 2, 1) is None
    assert cache.size == BLOCK_BYTES + 1_000


def test_it_follows_without_a_gap_alone() -> None:
    cache, conversation = LogCache(), uuid4()
    cache.put(conversation, 5, 1, 1, [made(1)])
    cache.follow(uuid4(), 6)
    cache.follow(conversation, 6)
    assert cache.before(conversation, 2, 1, rev=6)
    cache.follow(conversation, 8)
    assert cache.before(conversation, 2, 1, rev=8) is None


def test_it_does_not_grow_beyond_its_bytes(settings: Any) -> None:
    settings.LOG_CACHE_BYTES = 3 * (BLOCK_BYTES + 1_000)
    cache, (one, other) = LogCache(), (uuid4(), uuid4())
    for number in range(3):
        cache.put(one, 1, number * BLOCK + 1, number * BLOCK + 1, [made(number * BLOCK + 1)])
    assert cache.size == settings.LOG_CACHE_BYTES
    assert cache.before(one, 2, 1)
    cache.put(other, 1, 1, 1, [made(1)])
    assert cache.before(one, BLOCK + 2, 1) is None  # which was used longest ago
    assert cache.before(one, 2, 1)
    assert cache.before(other, 2, 1)
    assert cache.size == settings.LOG_CACHE_BYTES
    settings.LOG_CACHE_BYTES = 0
    cache.put(uuid4(), 1, 1, 1, [made(1)])
    assert cache.size == 0
    assert cache.before(one, 2, 1) is None
    assert make_nothing(cache)


def make_nothing(cache: LogCache) -> bool:
    """Whether nothing is left behind of what went."""
    return not cache._logs and not cache._blocks
