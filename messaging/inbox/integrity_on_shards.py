"""Comparing entries with what they follow from on a distributed database, where these are on
different nodes: both are read, and compared here.

The two are read one after the other, beside a system in use. So what differs is looked at again,
and only what differs each time is told.
"""

import time
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chatproject.core.db.statements import fetch, send, statement
from conversations.visibility import sql
from messaging.inbox.columns import ACTIVE_AT, IS_ARCHIVED, PINNED

LOOKS = 3
PAUSE = 0.2  # seconds between two

Place = tuple[UUID, UUID]  # a person and a conversation
Differing = tuple[str, UUID, UUID]  # what differs, of which person in which conversation


class _Entry(NamedTuple):
    pinned: datetime
    active_at: datetime
    is_archived: bool
    fans_out: bool


class _Truth(NamedTuple):
    """`fans_out` is None, as is `is_applied`, where the conversation has no cursor."""

    pinned: datetime
    active_at: datetime
    is_archived: bool
    fans_out: bool | None
    is_applied: bool | None


_TRUTH = statement(
    """
    SELECT p.user_id, p.conversation_id, {pinned}, {active_at}, {is_archived}, s.fans_out,
           s.rev = c.last_rev
    FROM conversations_participant p
    JOIN conversations_conversation c ON c.id = p.conversation_id
    LEFT JOIN messaging_inboxcursor s ON s.conversation_id = p.conversation_id
    WHERE p.user_id = ANY(%(people)s::uuid[]) AND {is_open}
    """,
    pinned=PINNED,
    active_at=ACTIVE_AT,
    is_archived=IS_ARCHIVED,
    is_open=sql.is_open(),
)
_STORED = """
SELECT user_id, conversation_id, pinned, active_at, is_archived, fans_out
FROM messaging_inboxentry WHERE user_id = ANY(%(people)s::uuid[])
"""
_ERASED = "SELECT user_id FROM messaging_erasedperson WHERE user_id = ANY(%(people)s::uuid[])"
_INSIDE = statement(
    """
    SELECT p.user_id FROM conversations_participant p
    WHERE p.conversation_id = %(conversation)s AND p.user_id = ANY(%(people)s::uuid[])
      AND {is_open}
    """,
    is_open=sql.is_open(),
)
_DELETE = """
DELETE FROM messaging_inboxentry
WHERE conversation_id = %(conversation)s AND user_id = ANY(%(people)s::uuid[])
"""


def compare(people: Collection[UUID]) -> tuple[int, list[Differing]]:
    """How many entries there are or should be, and which are not as they should."""
    number, found = _look(people)
    for _ in range(1, LOOKS):
        if not found:
            break
        time.sleep(PAUSE)
        found &= _look({user_id for _, user_id, _ in found})[1]
    return number, sorted(found, key=lambda it: (it[1], it[2]))


def delete_surplus(*, conversation: UUID, people: Collection[UUID]) -> None:
    """Deletes the entries of those of the people who are not in the conversation, which the
    caller's transaction has locked."""
    asked = {"conversation": conversation, "people": list(people)}
    inside = {row[0] for row in fetch(_INSIDE, asked)} - _erased(people)
    if outside := set(people) - inside:
        send(_DELETE, {"conversation": conversation, "people": list(outside)})


def _look(people: Collection[UUID]) -> tuple[int, set[Differing]]:
    asked = {"people": list(people)}
    stored = {(row[0], row[1]): _Entry._make(row[2:]) for row in fetch(_STORED, asked)}
    erased = _erased(people)
    truths: dict[Place, _Truth] = {
        (row[0], row[1]): _Truth._make(row[2:])
        for row in fetch(_TRUTH, asked)
        if row[0] not in erased
    }
    places = stored.keys() | truths.keys()
    differences = {(_difference(stored.get(at), truths.get(at)), *at) for at in places}
    return len(places), {(what, *at) for what, *at in differences if what}


def _erased(people: Collection[UUID]) -> set[UUID]:
    return {row[0] for row in fetch(_ERASED, {"people": list(people)})}


def _difference(entry: _Entry | None, truth: _Truth | None) -> str | None:
    if truth is None:
        return "surplus"
    if entry is None:
        return None if truth.fans_out is None else "missing"
    if entry.pinned != truth.pinned:
        return "pinned"
    if entry.is_archived != truth.is_archived:
        return "is_archived"
    if truth.fans_out is not None and entry.fans_out != truth.fans_out:
        return "fans_out"
    if entry.fans_out and truth.is_applied and entry.active_at != truth.active_at:
        return "active_at"
    return None
