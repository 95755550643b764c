"""The message that a report is about, in its context, as it was when it was reported.

A snapshot is a list of messages, oldest first: `seq`, `senderId`, `kind`, `content`, `attachments`
(names), `createdAt`, `editedAt`, `isDeleted`. It names people by id alone, so that erasing somebody
empties what they wrote and leaves the rest.
"""

import logging
from typing import Any
from uuid import UUID

from django.db import DatabaseError

from messaging.models import Message
from messaging.moderation.models import CONTEXT, Report
from messaging.reads.messages import whole_messages

log = logging.getLogger(__name__)

PICTURED_AT_ONCE = 100


def snapshot(conversation_id: UUID, seqs: list[int]) -> list[dict[str, Any]]:
    return [_pictured(shape) for shape in whole_messages(conversation_id, seqs)]


def _pictured(shape: dict[str, Any]) -> dict[str, Any]:
    kept = ("seq", "senderId", "kind", "content", "meta", "createdAt", "editedAt")
    return {
        **{name: shape[name] for name in kept},
        "attachments": [each["name"] for each in shape["attachments"]],
        "isDeleted": shape["deletedAt"] is not None,
    }


def report_word(message: Message, word: str) -> None:
    """A report by the system, within the transaction that edits the message."""
    low, high = max(1, message.seq - CONTEXT), message.seq + CONTEXT
    place = {"reporter": None, "conversation": message.conversation, "seq": message.seq}
    Report.objects.unsettled().get_or_create(
        **place,
        person_id=message.sender_id,
        defaults={
            "from_seq": low,
            "to_seq": high,
            "reason": Report.Reason.WORD,
            "comment": word,
            "snapshot": snapshot(message.conversation_id, list(range(low, high + 1))),
        },
    )


def picture_reports() -> None:
    """Takes the snapshots that are missing: a flagged message makes its report by SQL alone.

    Called after the commit. What goes wrong is logged and made good by the next call, which the
    queue of reports makes too.
    """
    try:
        missing = Report.objects.filter(snapshot__isnull=True).order_by("id")
        for report in missing[:PICTURED_AT_ONCE]:
            _picture(report)
    except DatabaseError:
        log.exception("taking the snapshots of reports")


def _picture(report: Report) -> None:
    taken: list[dict[str, Any]] = []
    if report.conversation_id and report.from_seq and report.to_seq:
        seqs = list(range(report.from_seq, report.to_seq + 1))
        taken = snapshot(report.conversation_id, seqs)
    Report.objects.filter(pk=report.pk, snapshot__isnull=True).update(snapshot=taken)
