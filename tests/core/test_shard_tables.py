"""A statement about distributed tables becomes one about a worker's own."""

from typing import Any

import pytest

from chatproject.core.db.distributed import catalog as catalogs
from chatproject.core.db.distributed import shard_tables
from chatproject.core.db.distributed.catalog import Catalog
from chatproject.core.db.distributed.hosts import COORDINATOR
from chatproject.core.db.distributed.shard_bindings import COPIED, Binding
from chatproject.core.db.distributed.shard_tables import OwnTables, Place, about, still_own

ROOMS = 1
MIDDLE, LAST = 0, 2**31 - 1
BY_ROOM = Binding(ROOMS, "room", ("message", "person"))
TEXT = "SELECT m.x, message.y FROM message m JOIN person u ON true WHERE m.room_id = %(room)s"
ROWS: list[tuple[Any, ...]] = [
    ("message", ROOMS, -(2**31), MIDDLE - 1, "message_11", 11, "700"),
    ("hide", ROOMS, -(2**31), MIDDLE - 1, "hide_21", 21, "700"),
    ("message", ROOMS, MIDDLE, LAST, "message_12", 12, "701"),
    ("person", COPIED, None, None, "person_31", 31, "702"),
]


def sql(place: Place, binding: Binding = BY_ROOM) -> bytes:
    made, _ = place.statement(TEXT, binding, (2950,), (1,))
    return bytes(made.sql)


def test_names_are_replaced_and_no_part_of_another() -> None:
    text = "SELECT messages, message.a FROM message WHERE id = %(id)s AND n = %(id)s"
    assert about(text, {"message": "message_7"}) == (
        b"SELECT messages, message_7.a FROM message_7 WHERE id = $1 AND n = $1"
    )


@pytest.mark.parametrize(
    ("hashes", "table"),
    [((-(2**31),), b"message_11"), ((MIDDLE - 1,), b"message_11"), ((MIDDLE, LAST), b"message_12")],
)
def test_the_tables_are_those_of_the_hashes(hashes: tuple[int, ...], table: bytes) -> None:
    place = OwnTables(ROWS).find(BY_ROOM, hashes)
    assert place is not None
    assert b"FROM %s m JOIN person_31 u" % table in sql(place)


def test_of_two_shards_there_is_none() -> None:
    assert OwnTables(ROWS).find(BY_ROOM, (MIDDLE - 1, MIDDLE)) is None


def test_what_the_worker_has_not_got_is_not_found() -> None:
    without_first = OwnTables(ROWS[2:])
    assert without_first.find(BY_ROOM, (-5,)) is None
    assert without_first.find(BY_ROOM, (5,)) is not None
    assert OwnTables(ROWS).find(BY_ROOM._replace(tables=("hide",)), (5,)) is None
    assert OwnTables([]).find(BY_ROOM, (5,)) is None


def test_a_statement_is_the_same_after_the_tables_were_asked_for_again() -> None:
    """So that it is not prepared anew."""
    places = [OwnTables(ROWS).find(BY_ROOM, (5,)) for _ in range(2)]
    made = {place.statement(TEXT, BY_ROOM, (2950,), (1,))[0] for place in places if place}
    assert len(made) == 1


def test_of_another_shard_it_is_another_statement() -> None:
    own = OwnTables(ROWS)
    places = [own.find(BY_ROOM, (hashed,)) for hashed in (-5, 5)]
    made = {place.statement(TEXT, BY_ROOM, (2950,), (1,))[0] for place in places if place}
    assert len(made) == 2


def test_each_table_is_asked_for_once() -> None:
    place = OwnTables(ROWS).find(BY_ROOM, (5,))
    assert place is not None
    _, tables = place.statement(TEXT, BY_ROOM, (), ())
    step, number = still_own([*tables, *tables])
    assert number == 2
    shards, writers = (sorted((value or b"")[1:-1].split(b",")) for value in step.values)
    assert (shards, writers) == ([b"12", b"31"], [b"701", b"702"])


# -- the catalog


def catalog() -> Catalog:
    tables = [("conversations_conversation", ROOMS, "id"), ("message", ROOMS, "room_id")]
    return Catalog(tables, [(ROOMS, -(2**31), 1), (ROOMS, MIDDLE, 2)])


def test_the_owner_is_that_of_all_hashes_or_nobody() -> None:
    assert catalog().owner(ROOMS, [-5]) == 1
    assert catalog().owner(ROOMS, [MIDDLE, LAST]) == 2
    assert catalog().owner(ROOMS, [-5, 5]) is None
    assert catalog().owner(ROOMS + 1, [5]) is None
    assert COORDINATOR not in (catalog().owner(ROOMS, [h]) for h in (-5, 5))


def test_every_hash_is_of_one_shard() -> None:
    assert catalog().all_hashes(ROOMS) == [(-(2**31), -1), (0, LAST)]


def test_statements_are_looked_at_once_while_the_tables_stay() -> None:
    former, now = catalog(), catalog()
    found = former.binding("SELECT FROM message m WHERE m.room_id = %(room)s")
    now.keep_bindings_of(former)
    assert now.binding("SELECT FROM message m WHERE m.room_id = %(room)s") is found
    other = Catalog([("message", ROOMS, "other_id")], [])
    other.keep_bindings_of(former)
    assert other.binding("SELECT FROM message m WHERE m.room_id = %(room)s") != found


def test_no_more_texts_are_remembered_than_some() -> None:
    """Those of searches are as different as what people ask. What is forgotten is the same again,
    so that it is not prepared anew."""
    found, place = catalog(), OwnTables(ROWS).find(BY_ROOM, (5,))
    assert place is not None
    first = place.statement(TEXT, BY_ROOM, (2950,), (1,))[0]
    for number in range(2 * max(catalogs.TEXTS_MAX, shard_tables.TEXTS_MAX)):
        found.binding(f"{TEXT} LIMIT {number}")
        place.statement(f"{TEXT} LIMIT {number}", BY_ROOM, (2950,), (1,))
    assert len(found.bindings) <= catalogs.TEXTS_MAX
    assert len(place._asked) <= shard_tables.TEXTS_MAX
    assert place.statement(TEXT, BY_ROOM, (2950,), (1,))[0] == first
