"""Whatever happens in a log, pages from the caches are as the database has them, and of what is
cached only the messages that have changed are read again."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings

from accounts.models import User
from chatproject.core.db.readings import read
from chatproject.core.errors import NotFound
from conversations.models import Conversation
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.reactions import add_reaction
from messaging.membership.change_conversation import change_conversation
from messaging.reads.cache import latest_page, log_catch_up, older_page
from messaging.reads.cache.latest_page_cache import latest_pages
from messaging.reads.cache.log_cache import logs
from messaging.reads.cache.log_catch_up import MOST_REVS, changed_since
from messaging.reads.history import PageAnchor, history_page
from tests.cast import say
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.reads.told_world import (
    KINDS,
    ToldWorld,
    make_told_world,
    told_lives,
)
from tests.messaging.reads.world import Step, undone

EVERY = 2  # steps, after which the pages are compared
LIMIT = 4
REACTIONS: list[Step] = [*[("say", 1, 1, 0)] * 3, ("react", 1, 1, 0), ("react", 2, 1, 1)]
THREADS: list[Step] = [*[("say", 1, 1, 0)] * 2, ("thread", 1, 1, 1), ("thread", 2, 1, 1)]


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    forget()
    yield
    forget()


def forget() -> None:
    logs.clear()
    latest_pages.clear()


def page(conversation_id: UUID, viewer: User, before: int | None) -> Any:
    place = {"conversation_id": conversation_id, "viewer_id": viewer.pk}
    try:
        found = history_page(**place, anchor=PageAnchor(before=before), limit=LIMIT)
    except NotFound:
        return None
    return {**found, "people": sorted(found["people"], key=lambda person: person["id"])}


def read_page(conversation_id: UUID, viewer: User, before: int | None) -> Any:
    """The same without the caches."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (older_page, latest_page):
            patch.setattr(module, "is_in_cache", lambda limit: False)
        return page(conversation_id, viewer, before)


def check(world: ToldWorld) -> None:
    world.conversation.refresh_from_db()
    for person in world.people:
        for before in (None, *range(world.conversation.last_seq + 1, 1, -2)):
            asked = world.id, person, before
            assert page(*asked) == read_page(*asked)


@pytest.fixture
def within_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each step of a life were committed; and what is sent goes by another process."""
    for module in (older_page, latest_page):
        monkeypatch.setattr(module, "is_in_cache", lambda limit: True)
    monkeypatch.setattr("messaging.sending.send.keep_sent", lambda *_: None)


def live_and_check(kind: str, steps: list[Step]) -> None:
    forget()
    with undone():
        world = make_told_world(kind)
        check(world)
        for start in range(0, len(steps), EVERY):
            world.live(steps[start : start + EVERY])
            check(world)


@pytest.mark.django_db
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(kind=KINDS, steps=told_lives().filter(lambda steps: "settle" not in {it[0] for it in steps}))
@example(kind="group", steps=REACTIONS)
@example(kind="group", steps=THREADS)
def test_pages_are_as_read(within_transactions: None, kind: str, steps: list[Step]) -> None:
    live_and_check(kind, steps)


@pytest.mark.django_db
@pytest.mark.parametrize("cache", ["logs", "latest pages"])
@pytest.mark.parametrize(
    ("steps", "forgotten"),
    [(REACTIONS, "nothing"), (THREADS, "messages")],
    ids=["reactions", "threads"],
)
def test_all_that_has_changed_has_to_be_forgotten(
    within_transactions: None,
    monkeypatch: pytest.MonkeyPatch,
    cache: str,
    steps: list[Step],
    forgotten: str,
) -> None:
    """Else the property could not fail. In the second case roots of threads are not."""
    columns = {"nothing": "SELECT NULL, NULL", "messages": "SELECT seq, NULL"}[forgotten]
    changed = log_catch_up.CHANGED.replace("SELECT seq, thread_seq", columns)
    monkeypatch.setattr(log_catch_up, "CHANGED", changed)
    off = latest_page if cache == "logs" else older_page
    monkeypatch.setattr(off, "is_in_cache", lambda limit: False)
    with pytest.raises(AssertionError):
        live_and_check("group", steps)


# -- committed, as in the server


@pytest.fixture
def scene(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Scene:
    scene = make_scene()
    for n in range(12):
        say(scene.conversation, (scene.owner, scene.member)[n % 2], f"message {n}")
    for before in (None, 12, 8, 6):
        page(scene.id, scene.member, before)
    return scene


def change(scene: Scene, what: str) -> None:
    match what:
        case "edit":
            edit_message(conversation_id=scene.id, seq=10, user_id=scene.member.pk, body="new")
        case "reaction":
            add_reaction(conversation_id=scene.id, seq=10, user_id=scene.owner.pk, emoji="👍")
        case "deletion":
            delete_message(conversation_id=scene.id, seq=10, user_id=scene.member.pk)
        case "reply":
            say(scene.conversation, scene.owner, "a reply", thread_seq=10)
        case "title":
            change_conversation(conversation_id=scene.id, by=scene.owner.pk, title="New")


@pytest.mark.parametrize("what", ["edit", "reaction", "deletion", "reply", "title"])
def test_pages_without_it_are_not_read_again(
    scene: Scene, django_assert_num_queries: Any, what: str
) -> None:
    change(scene, what)
    with django_assert_num_queries(4):  # who sees what; names and hides, watermarks; what changed
        found = page(scene.id, scene.member, 7)
    assert found == read_page(scene.id, scene.member, 7)
    with django_assert_num_queries(3):
        found = page(scene.id, scene.owner, 8)
    assert found == read_page(scene.id, scene.owner, 8)


@pytest.mark.parametrize("what", ["edit", "reaction", "deletion", "reply", "title"])
@pytest.mark.parametrize("before", [None, 12])
def test_pages_with_it_show_it(scene: Scene, what: str, before: int | None) -> None:
    change(scene, what)
    for _ in range(2):
        for viewer in (scene.member, scene.owner):
            assert page(scene.id, viewer, before) == read_page(scene.id, viewer, before)


def test_of_the_last_page_its_end_is_read(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    newest = latest_page.newest.steps

    def noting(*args: Any, **options: Any) -> Any:
        asked.append(options.get("first_seq"))
        return newest(*args, **options)

    monkeypatch.setattr(latest_page.newest, "steps", noting)
    change(scene, "reaction")
    assert page(scene.id, scene.member, None) == read_page(scene.id, scene.member, None)
    assert asked == [10]


def test_what_is_too_much_is_not_looked_through(scene: Scene) -> None:
    head = Conversation.objects.get(pk=scene.id)
    since = head.last_rev
    assert read(changed_since(head, since)) is None  # nothing has happened
    Conversation.objects.filter(pk=scene.id).update(last_rev=since + MOST_REVS)
    head.refresh_from_db()
    assert read(changed_since(head, since)) == set()
    assert read(changed_since(head, since - 1)) is None


def test_who_does_not_know_what_lies_in_files_reads_it(scene: Scene) -> None:
    """Messages that changed before they were moved there have no rows."""
    change(scene, "edit")
    head = Conversation.objects.get(pk=scene.id)
    head.archived_rev = head.last_rev - 1
    assert read(changed_since(head, head.last_rev - 1)) == {10}
    head.archived_rev = head.last_rev
    assert read(changed_since(head, head.last_rev - 1)) is None
