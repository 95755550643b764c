"""Takes snapshots of reported messages with their context, at the time of the report.

A snapshot is a list of messages, oldest first: `seq`, `senderId`, `kind`, `content`, `attachments`
(names), `createdAt`, `editedAt`, `isDeleted`. It names people only by id, so that an erasure can
empty their messages in it.
"""

import logging
from typing import Any
from uuid import UUID

from django.db import DatabaseError

from messaging.models import Message
from messaging.moderation.models import CONTEXT, Report
from messaging.reads.messages import whole_messages

logger = logging.getLogger(__name__)

SNAPSHOTS_AT_ONCE = 100


def snapshot(conversation_id: UUID, seqs: list[int]) -> list[dict[str, Any]]:
    return [_snapshot_entry(shape) for shape in whole_messages(conversation_id, seqs)]


def _snapshot_entry(shape: dict[str, Any]) -> dict[str, Any]:
    kept = ("seq", "senderId", "kind", "content", "meta", "createdAt", "editedAt")
    return {
        **{name: shape[name] for name in kept},
        "attachments": [each["name"] for each in shape["attachments"]],
        "isDeleted": shape["deletedAt"] is not None,
    }


def report_word(message: Message, word: str) -> None:
    """Files the report of a word filter; runs in the transaction that edits the message."""
    low, high = max(1, message.seq - CONTEXT), message.seq + CONTEXT
    subject = {"reporter": None, "conversation": message.conversation, "seq": message.seq}
    Report.objects.unsettled().get_or_create(
        **subject,
        person_id=message.sender_id,
        defaults={
            "from_seq": low,
            "to_seq": high,
            "reason": Report.Reason.WORD,
            "comment": word,
            "snapshot": snapshot(message.conversation_id, list(range(low, high + 1))),
        },
    )


def take_snapshots() -> None:
    """Takes missing snapshots: the report of a flagged message is inserted by SQL without one.

    Called after the commit, by a periodic task, and by the queue of reports. Errors are logged, and
    the next call tries again.
    """
    try:
        missing = Report.objects.filter(snapshot__isnull=True).order_by("id")
        for report in missing[:SNAPSHOTS_AT_ONCE]:
            _take_snapshot(report)
    except DatabaseError:
        logger.exception("taking the snapshots of reports")


def _take_snapshot(report: Report) -> None:
    taken: list[dict[str, Any]] = []
    if report.conversation_id and report.from_seq and report.to_seq:
        seqs = list(range(report.from_seq, report.to_seq + 1))
        taken = snapshot(report.conversation_id, seqs)
    Report.objects.filter(pk=report.pk, snapshot__isnull=True).update(snapshot=taken)
