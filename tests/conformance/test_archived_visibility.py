"""The visibility rule across the archive: no path shows more or less than before.

Lives as those of test_visibility.py, in which now and then the older part of the log is moved into
files and pruned, so that people leave, come back, edit, hide and report on both sides of the
border. In the end all leaves the table that may, and every path is asked.
"""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from messaging.models import Message
from tests.conformance.oracle import Oracle
from tests.conformance.paths import PATHS, PATHS_OF_WORLD, Case
from tests.conformance.test_visibility import (
    CLEARED,
    ELEVATED_THEN_BANNED,
    HIDDEN_FILE,
    LEFT_THEN_EDITED,
    OPENED_AFTER_LEAVING,
    hold,
)
from tests.conformance.worlds import ChangingWorld, lives, make_changing_world
from tests.messaging.reads.world import Step, undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]

SAID = [("say", who % 2, 1, 0) for who in range(14)]
ARCHIVED = [("archive", 0, 2, 1)]
COMPACTED = [("archive", 0, 1, 1)]
# Leo leaves, misses a part of the log, and is back; most of it all is in files.
REJOINED = [
    *SAID,
    *(("leave", 2, 0, 1), ("say", 0, 0, 0), ("edit", 0, 3, 0), ("join", 2, 0, 0), ("say", 1, 0, 0)),
    *(("hide", 2, 1, 0), ("leave", 2, 0, 1), ("say", 1, 0, 0), ("join", 2, 0, 0)),
    *SAID,
    *ARCHIVED,
]
# What was archived is edited, hidden and deleted, by who is there and for who has left.
CHANGED = [
    *SAID,
    *ARCHIVED,
    *(("leave", 2, 0, 1), ("edit", 0, 9, 1), ("delete", 0, 10, 0), ("react", 1, 11, 0)),
    *(("hide", 1, 12, 0), ("report", 1, 13, 0), ("pin", 0, 14, 0), ("say", 0, 0, 0)),
    *COMPACTED,
    *(("edit", 0, 11, 1), ("hide", 0, 8, 0)),
]


# Then all that is newest are events, and the conversation has the time of what was said last.
LEFT_BY_ALL = [*SAID, *ARCHIVED, *(("leave", who, 0, 1) for who in (1, 3, 0)), ("join", 1, 0, 1)]
LIVES: dict[str, tuple[str, list[Step]]] = {
    "left, then edited": ("group", LEFT_THEN_EDITED),
    "elevated, then banned": ("group", ELEVATED_THEN_BANNED),
    "opened after leaving": ("group", OPENED_AFTER_LEAVING),
    "hidden file": ("group", HIDDEN_FILE),
    "cleared": ("direct", CLEARED),
    "left by all": ("public", LEFT_BY_ALL),
    "rejoined": ("group", REJOINED),
    "rejoined in public": ("public", REJOINED),
    "changed": ("group", CHANGED),
    "changed in public": ("public", CHANGED),
}


@pytest.mark.parametrize("name", list(LIVES))
def test_every_path_shows_what_the_rule_says(name: str) -> None:
    hold_of(*LIVES[name])


@pytest.mark.timeout(600)
@settings(
    max_examples=5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # one example takes seconds
)
@given(lives(more=("archive", "archive")))
def test_every_path_shows_it_in_any_life(life: tuple[str, list[Step]]) -> None:
    with undone():
        hold_of(*life)


def hold_of(kind: str, steps: list[Step]) -> None:
    """When all that may leave the table has left it, nobody is shown more or less than before."""
    world = make_changing_world(kind)
    world.live([*SAID, *steps])
    before = Oracle.of(world.id)
    world.live(ARCHIVED)
    after = Oracle.of(world.id)
    assert plain(before.messages) == plain(after.messages)
    check(world, after)


@pytest.mark.parametrize(("kind", "life"), [("group", REJOINED), ("public", CHANGED)])
def test_the_lives_reach_into_files(kind: str, life: list[Step]) -> None:
    world = make_changing_world(kind)
    world.live([*SAID, *life, *ARCHIVED])
    oracle = Oracle.of(world.id)
    assert len(oracle.in_files_alone) > len(SAID)
    for person in world.people[:3]:
        assert oracle.in_files_alone & {*oracle.visible(person.pk)}


def check(world: ChangingWorld, oracle: Oracle) -> None:
    hold(PATHS_OF_WORLD, Case(world, oracle, world.people[0]))
    for person in world.people:
        hold(PATHS, Case(world, oracle, person))


def plain(messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """But for where they are, and whether their senders have read up to them."""
    fields = {field.attname for field in Message._meta.concrete_fields} - {"sent_behind"}
    return [{name: comparable(message[name]) for name in fields} for message in messages]


def comparable(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
