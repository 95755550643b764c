"""Writes the entries that change by a person's own action, in the transaction of that action.

So people see at once what they did themselves. Entries are kept from when the follower has begun
for the first time (the row of InboxState is there), whether or not they are read.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import send, statement
from conversations.models import Participant
from conversations.visibility import sql
from messaging.inbox import shards
from messaging.inbox.columns import ACTIVE_AT, IS_ARCHIVED, PINNED
from messaging.models import InboxCursor, InboxEntry

IS_KEPT = "EXISTS (SELECT FROM messaging_inboxstate)"

# The cursor's row is locked so that the follower does not change meanwhile whether it fans out.
_PLACE = statement(
    """
    WITH cursor AS (
        SELECT fans_out FROM messaging_inboxcursor
        WHERE conversation_id = %(conversation)s AND {is_kept} FOR SHARE)
    INSERT INTO messaging_inboxentry
        (user_id, conversation_id, pinned, active_at, is_archived, fans_out)
    SELECT p.user_id, p.conversation_id, {pinned}, {active_at}, {is_archived},
           coalesce((SELECT fans_out FROM cursor), true)
    FROM conversations_participant p
    JOIN conversations_conversation c ON c.id = p.conversation_id
    WHERE p.conversation_id = %(conversation)s AND {is_open} AND {is_kept}
      AND p.user_id = ANY(ARRAY(SELECT unnest(%(users)s::uuid[])))
    ORDER BY p.user_id
    ON CONFLICT (user_id, conversation_id) DO UPDATE
    SET pinned = excluded.pinned, active_at = excluded.active_at,
        is_archived = excluded.is_archived, fans_out = excluded.fans_out
    """,
    is_kept=IS_KEPT,
    pinned=PINNED,
    active_at=ACTIVE_AT,
    is_archived=IS_ARCHIVED,
    is_open=sql.is_open(),
)
_OWN_STATE = statement(
    """
    UPDATE messaging_inboxentry e SET pinned = {pinned}, is_archived = {is_archived}
    FROM conversations_participant p
    WHERE p.id = %(period)s AND {is_open}
      AND e.user_id = p.user_id AND e.conversation_id = p.conversation_id
    """,
    pinned=PINNED,
    is_archived=IS_ARCHIVED,
    is_open=sql.is_open(),
)


def place_members(conversation_id: UUID, user_ids: Iterable[UUID]) -> None:
    """Writes the entries of people whose periods were just opened.

    The caller's transaction holds the conversation's lock.
    """
    if is_distributed():
        shards.place_members(conversation_id, user_ids)
    else:
        send(_PLACE, {"conversation": conversation_id, "users": list(user_ids)})


def remove_member(conversation_id: UUID, user_id: UUID) -> None:
    """Deletes the entry of somebody whose period has ended."""
    InboxEntry.objects.filter(user=user_id, conversation=conversation_id).delete()


def forget_person(user_id: UUID) -> None:
    InboxEntry.objects.filter(user=user_id).delete()


def rebuild_later(conversation_id: UUID) -> None:
    """Has the follower write all entries of a conversation anew.

    For what takes no rev: an import, a repair. The caller's transaction updates the conversation's
    row, by which the follower learns of it.
    """
    InboxCursor.objects.filter(pk=conversation_id).delete()


def on_own_state_changed(sender: object, *, period: Participant, **_: Any) -> None:
    """Receives the signal `conversations.events.own_state_changed`."""
    if is_distributed():
        shards.change_own_state(period.conversation_id, period.pk)
    else:
        send(_OWN_STATE, {"period": period.pk})
