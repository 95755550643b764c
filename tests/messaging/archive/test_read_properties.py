"""What holds of reads whatever happened holds across the archive: pages joined are the whole, and
unread counts, the inbox and threads are counts of what one sees, wherever that is."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatproject.core.errors import NotFound
from conversations.visibility import visibility_of
from messaging.maintenance.integrity_check.heads import check_heads
from messaging.maintenance.integrity_check.periods import check_periods
from messaging.maintenance.integrity_check.polls import check_polls
from messaging.maintenance.integrity_check.threads import check_followers, check_threads
from tests.conformance.oracle import Oracle
from tests.messaging.reads.test_read_properties import (
    KINDS,
    NO_FOLLOWING,
    PATIENT,
    check_around,
    check_both_ways,
    check_entry,
    check_threads_of,
    check_unread,
    forward,
    visible,
)
from tests.messaging.reads.world import lives, make_world, undone, whole_history

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]

DEEDS = (*NO_FOLLOWING, "archive", "archive")
ARCHIVED = [("archive", 0, 1, 1)]
SAID = [("say", who % 3, 1, 0) for who in range(12)]
# Who has read all of it marks nothing as unread by leaving and coming back.
READ_AND_BACK = [*SAID, *ARCHIVED, ("leave", 2, 1, 1), *SAID, ("join", 2, 1, 0), *SAID]
HIDDEN_AFTERWARDS = [*SAID, *ARCHIVED, *(("hide", 1, seq, 0) for seq in range(3, 15))]


@settings(PATIENT, max_examples=10)
@given(kind=KINDS, steps=lives(DEEDS), limit=st.integers(1, 7))
@example(kind="group", steps=READ_AND_BACK, limit=3)
@example(kind="public", steps=HIDDEN_AFTERWARDS, limit=2)
def test_pages_joined_are_the_whole(kind: str, steps: Any, limit: int) -> None:
    with undone():
        world = make_world(kind).live([*SAID, *steps, *ARCHIVED])
        oracle = Oracle.of(world.id)
        for person in world.people:
            try:
                visibility_of(world.id, person.pk)
            except NotFound:
                assert visible(world, person) == []
                continue
            expected = oracle.timeline(person.pk)
            assert list(whole_history(world.id, person.pk, limit=limit)[0]) == expected
            assert forward(world, person, limit) == expected
            check_around(world, person, expected, limit)
            check_both_ways(world, person, expected, limit)


@settings(PATIENT, max_examples=10)
@given(kind=KINDS, steps=lives(DEEDS))
@example(kind="group", steps=READ_AND_BACK)
@example(kind="broadcast", steps=HIDDEN_AFTERWARDS)
def test_the_inbox_tells_what_the_rule_shows_and_unread_is_a_count(kind: str, steps: Any) -> None:
    with undone():
        world = make_world(kind).live([*SAID, *steps, *ARCHIVED])
        check_unread(world)
        check_threads_of(world)
        for person in world.people:
            check_entry(world, person)
        checks = (check_heads, check_periods, check_threads, check_followers, check_polls)
        assert [it for check in checks for batch in check() for it in batch.differences] == []
