"""A statement says by its text of which shard it is; where that is not certain, Citus is asked."""

import pytest

from chatproject.core.db.distributed.shard_bindings import (
    COPIED,
    Binding,
    Table,
    Unbound,
    binding_of,
)

ROOMS, PEOPLE = 1, 2
TABLES = {
    "room": Table(ROOMS, "id"),
    "message": Table(ROOMS, "room_id"),
    "hide": Table(ROOMS, "room_id"),
    "entry": Table(PEOPLE, "user_id"),
    "person": Table(COPIED),
    "block": Table(COPIED),
}
NOWHERE = ""


def bound(text: str) -> tuple[int, str]:
    found = binding_of(text, TABLES)
    assert isinstance(found, Binding), found
    return found.group, found.parameter


@pytest.mark.parametrize(
    "text",
    [
        "SELECT body FROM message WHERE room_id = %(place)s",
        "SELECT m.body FROM message m WHERE m.room_id = %(place)s::uuid AND m.seq = %(seq)s",
        "SELECT FROM message AS m JOIN person u ON u.id = m.sender WHERE m.room_id = %(place)s",
        """
        SELECT FROM room c
        LEFT JOIN LATERAL (SELECT * FROM message m WHERE m.room_id = %(place)s LIMIT 1) m ON true
        WHERE c.id = %(place)s AND NOT EXISTS (
            SELECT FROM hide h WHERE h.room_id = %(place)s AND h.seq = m.seq)
        """,
        """
        WITH page AS MATERIALIZED (SELECT * FROM message m WHERE m.room_id = %(place)s)
        SELECT count(*) FROM page s WHERE s.at IS DISTINCT FROM last
        """,
    ],
)
def test_by_one_conversation(text: str) -> None:
    assert bound(text) == (ROOMS, "place")


def test_by_several_of_a_shard() -> None:
    text = "SELECT FROM room c JOIN message m ON m.room_id = c.id AND m.room_id = {ids} WHERE {c}"
    ids = "ANY(%(ids)s::uuid[])"
    assert bound(text.format(ids=ids, c=f"c.id = {ids}")) == (ROOMS, "ids")


def test_by_the_person() -> None:
    assert bound("SELECT FROM entry e WHERE e.user_id = %(viewer)s") == (PEOPLE, "viewer")


def test_copies_alone_are_everywhere() -> None:
    text = "SELECT FROM person u LEFT JOIN block b ON b.by = u.id WHERE u.id = %(id)s"
    assert bound(text) == (COPIED, NOWHERE)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT FROM message m WHERE m.sender = %(viewer)s",
        "SELECT FROM message m JOIN hide h ON h.seq = m.seq WHERE m.room_id = %(place)s",
        "SELECT FROM message m JOIN room c ON c.id = m.room_id WHERE c.id = %(place)s",
        "SELECT FROM message m JOIN message n ON n.seq = m.seq WHERE m.room_id = %(place)s",
        # Of two conversations.
        "SELECT FROM message m JOIN hide h ON h.room_id = %(other)s WHERE m.room_id = %(place)s",
    ],
)
def test_one_table_that_is_not_named_may_be_of_any_shard(text: str) -> None:
    assert bound(text) == (ROOMS, NOWHERE)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT FROM message m JOIN entry e ON e.user_id = %(v)s WHERE m.room_id = %(place)s",
        "SELECT FROM message m JOIN setting s ON true WHERE m.room_id = %(place)s",
        "SELECT FROM message m, message n WHERE m.room_id = %(place)s AND n.room_id = %(place)s",
        "SELECT * FROM jsonb_to_record(NULL::message) r, message m WHERE m.room_id = %(place)s",
        "SELECT FROM message m WHERE m.room_id = %(place)s FOR UPDATE",
        "SELECT FROM message m WHERE m.room_id = %(place)s FOR KEY SHARE",
        "WITH gone AS (DELETE FROM message m WHERE m.room_id = %(place)s) SELECT 1",
        "SELECT nextval('n'), body FROM message WHERE room_id = %(place)s",
        "SELECT 1",
        "SELECT n FROM unnest(%(ids)s::bigint[]) AS n",
    ],
)
def test_what_is_no_plain_question_is_asked_of_citus(text: str) -> None:
    assert binding_of(text, TABLES) is Unbound.UNKNOWN


@pytest.mark.parametrize(
    "text",
    ["SELECT FROM setting", "SELECT FROM setting s JOIN sign_in i ON i.id = s.id"],
)
def test_what_is_not_distributed_is_of_the_coordinator(text: str) -> None:
    assert binding_of(text, TABLES) is Unbound.LOCAL


def test_the_tables_are_told_once_each() -> None:
    text = "SELECT FROM message m JOIN message n ON n.room_id = %(r)s WHERE m.room_id = %(r)s"
    found = binding_of(text, TABLES)
    assert isinstance(found, Binding)
    assert found.tables == ("message",)
