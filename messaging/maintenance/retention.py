"""Retention: empties messages that are older than the conversation or the settings allow.

`expired_seq` advances with every batch in the same transaction, so a killed run continues where it
stopped, and the nightly one reads nothing twice.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from accounts.audit.audit_log import record
from chatproject.core.db.statements import statement
from conversations.errors import ConversationNotFound
from conversations.models import Conversation
from messaging.archive.counting import count_before
from messaging.archive.recalling import recall
from messaging.log import Log, writing
from messaging.maintenance.tombstones import BATCH, leave_tombstones
from messaging.models import Message
from messaging.querysets import MessageQuerySet

# A log has no gaps, so its oldest message with content is one look-up away.
DUE = statement(
    """
    SELECT c.id, now() - c.days * interval '1 day'
    FROM (
        SELECT id, expired_seq, archived_seq, coalesce(
            retention_days, (%(days)s::jsonb ->> kind)::int, 0) AS days
        FROM conversations_conversation
        WHERE %(only)s::uuid IS NULL OR id = %(only)s
    ) c
    WHERE c.days > 0 AND (
        EXISTS (
            SELECT FROM messaging_message m
            WHERE m.conversation_id = c.id AND m.seq = c.expired_seq + 1
              AND m.created_at < now() - c.days * interval '1 day')
        OR c.archived_seq > c.expired_seq AND (
            SELECT s.first_at FROM messaging_archivesegment s
            WHERE s.conversation_id = c.id AND s.last_seq > c.expired_seq
            ORDER BY s.first_seq LIMIT 1) < now() - c.days * interval '1 day')
    ORDER BY c.id
    """
)


class Due(NamedTuple):
    """A conversation with messages from before `cutoff`, which are to be emptied."""

    conversation_id: UUID
    cutoff: datetime


def set_retention(*, conversation_id: UUID, days: int | None) -> int | None:
    """Sets the retention of a conversation: None follows the settings, 0 keeps for ever.

    Returns the former value.

    Raises ConversationNotFound.
    """
    with writing(conversation_id) as log:
        before = log.conversation.retention_days
        log.update(retention_days=days)
    return before


def due_conversations(only: UUID | None = None) -> list[Due]:
    """All due conversations, or the one if it is due, in the order of ids; one query."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"days": json.dumps(settings.RETENTION_DAYS), "only": only})
        return [Due(*row) for row in cursor.fetchall()]


def count_due(due: Due) -> int:
    """How many messages would be emptied."""
    first = _expired_seq(due.conversation_id)
    rows = (
        _with_content(due.conversation_id).filter(seq__gt=first, created_at__lt=due.cutoff).count()
    )
    return rows + count_before(due.conversation_id, first, due.cutoff)


def expire(due: Due, *, sleep: Callable[[float], None] = time.sleep) -> Iterator[int]:
    """Empties due messages in batches, each in its own transaction; yields the size of each.

    Sleeps after a batch for as long as it took, so that others get the conversation's lock.
    """
    while True:
        began = time.monotonic()
        try:
            with writing(due.conversation_id) as log:
                emptied, is_last = _expire_batch(log, due.cutoff)
        except ConversationNotFound:
            return
        yield emptied
        if is_last:
            return
        sleep(min(time.monotonic() - began, 1.0))


def retain_by_task() -> int:
    """Applies retention to all conversations; returns how many messages it emptied."""
    found = due_conversations()
    if not found:
        return 0
    emptied = sum(sum(expire(due)) for due in found)
    record(
        by=None,
        action="retention.applied",
        reason="The nightly task.",
        after={"conversations": len(found), "messages": emptied},
    )
    return emptied


def _expire_batch(log: Log, cutoff: datetime) -> tuple[int, bool]:
    head = log.conversation
    recall(head, range(head.expired_seq + 1, head.expired_seq + BATCH + 1))
    rows = list(
        Message.objects.filter(
            conversation=head, seq__gt=head.expired_seq, seq__lte=head.expired_seq + BATCH
        )
        .order_by("seq")
        .values_list("seq", "created_at", "kind", "deleted_at")
    )
    old = [row for row in rows if row[1] < cutoff]
    seqs = [seq for seq, _, kind, deleted in old if kind != "system" and deleted is None]
    leave_tombstones(log, seqs, by=None)
    if old:
        log.update(expired_seq=old[-1][0])
    return len(seqs), len(old) < BATCH


def _with_content(conversation_id: UUID) -> MessageQuerySet:
    return Message.objects.filter(conversation=conversation_id, deleted_at=None).exclude(
        kind=Message.Kind.SYSTEM
    )


def _expired_seq(conversation_id: UUID) -> int:
    found = Conversation.objects.filter(pk=conversation_id).values_list("expired_seq", flat=True)
    return found.first() or 0
