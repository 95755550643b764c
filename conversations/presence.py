"""The rule of who may see whose presence, and reading it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from accounts.people.last_seen import keep_last_seen, last_seen
from accounts.people.privacy import shared_between
from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import fetch, statement
from chatproject.realtime.database_threads import in_database_thread
from chatproject.realtime.presence.presence import read_from_thread
from chatproject.realtime.presence.store import NOT_TOLD, State, Status, state_json


class DatabasePresenceQueries:
    """See `chatproject.realtime.presence.presence.PresenceQueries` for the contract."""

    async def visible(self, lists: Mapping[UUID, Collection[UUID]]) -> set[tuple[UUID, UUID]]:
        return await in_database_thread(visible_presence, lists)

    async def last_seen(self, user_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
        return await in_database_thread(last_seen, user_ids)

    async def keep_last_seen(self, seen: Mapping[UUID, datetime]) -> None:
        await in_database_thread(keep_last_seen, seen)


def presence_of(*, viewer_id: UUID, user_ids: Collection[UUID]) -> list[dict[str, Any]]:
    """The presence of these people, in order, as far as the viewer may see it.

    In a process without sockets everybody counts as offline. Raises Unavailable.
    """
    states = read_from_thread(viewer_id, user_ids)
    if states is None:
        states = _read_from_database(viewer_id, user_ids)
    return [state_json(user_id, states[user_id]) for user_id in user_ids]


def _read_from_database(viewer_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, State]:
    visible = visible_presence({viewer_id: user_ids})
    kept = last_seen(user_ids)
    return {
        user_id: State(Status.OFFLINE, kept.get(user_id))
        if (viewer_id, user_id) in visible
        else NOT_TOLD
        for user_id in user_ids
    }


MAX_PAIRS_PER_QUERY = 2_000

# One's own, always. Of others, unless either hides it from the other or blocks them: those who have
# the viewer among their contacts, and members of the same conversation.
VISIBLE = """
SELECT w.viewer, w.person
FROM unnest(%s::uuid[], %s::uuid[]) AS w(viewer, person)
JOIN accounts_user u ON u.id = w.person
JOIN accounts_user v ON v.id = w.viewer
WHERE w.viewer = w.person OR (
    u.is_active AND NOT u.hides_presence AND NOT v.hides_presence AND {shared}
    AND NOT EXISTS (
        SELECT FROM accounts_block b WHERE b.blocker_id = w.person AND b.blocked_id = w.viewer)
    AND NOT EXISTS (
        SELECT FROM accounts_block b WHERE b.blocker_id = w.viewer AND b.blocked_id = w.person)
    AND (
        EXISTS (
            SELECT FROM accounts_contact c WHERE c.owner_id = w.person AND c.person_id = w.viewer)
        OR {are_in_one}))
"""
ARE_IN_ONE = """
EXISTS (
    SELECT FROM conversations_participant a
    JOIN conversations_participant b
      ON b.conversation_id = a.conversation_id AND b.user_id = w.person AND b.left_at IS NULL
    WHERE a.user_id = w.viewer AND a.left_at IS NULL)
"""
# Citus refuses to ask that of each pair, so all of a part are asked for first.
IN_ONE = statement(
    """
    SELECT DISTINCT w.viewer, w.person
    FROM unnest(%s::uuid[], %s::uuid[]) AS w(viewer, person)
    JOIN conversations_participant a ON a.user_id = w.viewer AND a.left_at IS NULL
    JOIN conversations_participant b
      ON b.conversation_id = a.conversation_id AND b.user_id = w.person AND b.left_at IS NULL
    """
)
GIVEN = "(w.viewer, w.person) IN (SELECT * FROM unnest(%s::uuid[], %s::uuid[]))"
ON_ONE_POSTGRES, ON_SHARDS = (
    statement(VISIBLE, shared=shared_between("presence", "u", "v"), are_in_one=are_in_one)
    for are_in_one in (ARE_IN_ONE, GIVEN)
)


def visible_presence(lists: Mapping[UUID, Collection[UUID]]) -> set[tuple[UUID, UUID]]:
    """The pairs (viewer, person) of which the viewer may see the person's presence."""
    pairs = ((viewer, person) for viewer, people in lists.items() for person in people)
    visible: set[tuple[UUID, UUID]] = set()
    while part := list(islice(pairs, MAX_PAIRS_PER_QUERY)):
        visible.update(_visible_of(part))
    return visible


def _visible_of(pairs: Sequence[tuple[UUID, UUID]]) -> Sequence[tuple[Any, ...]]:
    asked = _columns(pairs)
    if not is_distributed():
        return fetch(ON_ONE_POSTGRES, asked)
    return fetch(ON_SHARDS, [*asked, *_columns(fetch(IN_ONE, asked))])


def _columns(pairs: Sequence[tuple[Any, ...]]) -> list[list[UUID]]:
    return [[pair[side] for pair in pairs] for side in (0, 1)]
