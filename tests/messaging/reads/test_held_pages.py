"""A page that is said to be the same is the same, whatever has happened since it was made."""

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings

from accounts.models import User
from chatproject.core.db.readings import read
from chatproject.core.errors import NotFound
from messaging.reads.cache import held_pages
from messaging.reads.cache.held_pages import (
    MAX_PEOPLE,
    HeldPage,
    begin_page,
    finish_page,
    page_stands,
)
from messaging.reads.history import PageAnchor, history_page
from messaging.reads.watermarks import OF_ONE
from tests.cast import make_conversation, make_person, say
from tests.messaging.actions.scene import Scene
from tests.messaging.reads.told_world import (
    KINDS,
    TOLD_APART,
    ToldWorld,
    make_told_world,
    told_lives,
)
from tests.messaging.reads.world import Step, undone

ANCHORS = (PageAnchor(), PageAnchor(before=4), PageAnchor(around=3))
EVERY = 4  # steps, after which the pages are compared
Holding = dict[tuple[User, PageAnchor], tuple[HeldPage, dict[str, Any]]]


def page_of(world: ToldWorld, person: User, anchor: PageAnchor) -> dict[str, Any] | None:
    try:
        return history_page(conversation_id=world.id, viewer_id=person.pk, anchor=anchor, limit=4)
    except NotFound:
        return None


def hold(world: ToldWorld, holding: Holding) -> None:
    for person in world.people:
        for anchor in ANCHORS:
            begun = read(begin_page(world.id, person.pk))
            page = page_of(world, person, anchor)
            held = finish_page(begun, page) if begun is not None and page is not None else None
            if held is not None and page is not None:
                assert read(page_stands(held, world.id, person.pk))
                holding[person, anchor] = held, page


def check(world: ToldWorld, holding: Holding) -> None:
    for (person, anchor), (held, page) in holding.items():
        if read(page_stands(held, world.id, person.pk)):
            assert page_of(world, person, anchor) == page


def live_and_check(kind: str, steps: list[Step]) -> None:
    with undone():
        world, holding = make_told_world(kind), Holding()
        for start in range(0, len(steps), EVERY):
            hold(world, holding)
            world.live(steps[start : start + EVERY])
            check(world, holding)


@pytest.mark.django_db
@settings(
    max_examples=4,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(kind=KINDS, steps=told_lives())
@example(kind="direct", steps=TOLD_APART)
@example(kind="group", steps=[("say", 0, 1, 0), ("read", 1, 5, 0), ("deliver", 2, 5, 0)])
def test_what_stands_is_the_same(kind: str, steps: list[Step]) -> None:
    live_and_check(kind, steps)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("left_out", "steps"),
    [
        ("version", [("react", 1, 1, 0), ("react", 2, 2, 1)]),
        ("watermarks", [("read", 1, 9, 0), ("read", 2, 9, 0)]),
        ("people", [("rename_person", 0, 3, 0), ("rename_person", 1, 3, 0)]),
    ],
)
def test_each_part_is_needed(
    monkeypatch: pytest.MonkeyPatch, left_out: str, steps: list[Step]
) -> None:
    """Else the property could not fail."""
    stands = held_pages.page_stands

    def blind(held: HeldPage, *place: Any) -> Any:
        now = read(held_pages.begin_page(*place))
        names = {it: (it, User.objects.get(pk=it).name, False) for it in held.people}
        told = {"version": now and now.version, "people": names}
        told["watermarks"] = now and held.watermarks is not None and now.watermarks
        return stands(held._replace(**{left_out: told[left_out]}), *place)

    monkeypatch.setitem(globals(), "page_stands", blind)
    with pytest.raises(AssertionError):
        live_and_check("group", steps)


@pytest.fixture
def world(db: None) -> ToldWorld:
    return make_told_world("group")


def test_what_it_takes_is_one_round_trip(told_ten: Scene) -> None:
    place = told_ten.id, told_ten.member.pk
    begun = read(begin_page(*place))
    page = history_page(
        conversation_id=told_ten.id, viewer_id=told_ten.member.pk, anchor=PageAnchor(), limit=50
    )
    assert begun is not None
    held = finish_page(begun, page)
    assert held is not None
    encoded = [orjson.dumps(message) for message in page["results"]]
    assert finish_page(begun, {**page, "results": encoded}) == held
    steps = page_stands(held, *place)
    asked = next(steps)
    assert OF_ONE not in [each.sql for each in asked]  # nothing is one's own
    assert len(asked) == 2


def test_only_who_is_inside_holds_a_page(world: ToldWorld) -> None:
    outsider = world.people[-1]
    assert read(begin_page(world.id, outsider.pk)) is None
    held = read(begin_page(world.id, world.people[0].pk))
    assert held is not None
    assert not read(page_stands(held, world.id, outsider.pk))
    assert not read(page_stands(held, outsider.pk, world.people[0].pk))  # no conversation


def test_a_page_with_a_file_that_is_processed_is_not_held(world: ToldWorld) -> None:
    owner = world.people[0]
    world.live([("file", 0, 1, 0)])
    begun, page = read(begin_page(world.id, owner.pk)), page_of(world, owner, PageAnchor())
    assert begun is not None
    assert page is not None
    assert finish_page(begun, page) is None


def test_neither_is_one_of_very_many_people(db: None) -> None:
    people = [make_person(f"P {number}") for number in range(MAX_PEOPLE + 1)]
    group = make_conversation(*people)
    for person in people:
        say(group, person)
    begun = read(begin_page(group.pk, people[0].pk))
    asked: dict[str, Any] = {"conversation_id": group.pk, "viewer_id": people[0].pk}
    assert begun is not None
    page = history_page(**asked, anchor=PageAnchor(), limit=200)
    assert finish_page(begun, page) is None
    page = history_page(**asked, anchor=PageAnchor(), limit=MAX_PEOPLE)
    assert finish_page(begun, page) is not None
