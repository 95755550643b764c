"""Files reports. A reporter sees their own reports, and of the handling only its state."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from accounts.auth.rate_limits import count_attempt
from accounts.errors import PersonNotFound
from accounts.models import User
from chatproject.core.errors import InvalidInput
from chatproject.core.plain_text import require_plain
from conversations.models import Participant
from conversations.visibility import Visibility, visibility_of
from messaging.archive.recalling import recall_locked
from messaging.errors import MessageGone, MessageNotFound, ReportNotFound, SystemMessage
from messaging.models import Message
from messaging.moderation.models import CONTEXT, Report
from messaging.moderation.snapshots import snapshot

# The newest messages of a reported conversation that are pictured and opened to moderators.
PICTURED = 2 * CONTEXT + 1


@dataclass(frozen=True, slots=True)
class Complaint:
    """What somebody reports: a message by `conversation_id` and `seq`, a conversation without
    `seq`, or the person `user_id` (in a conversation, when one is named)."""

    reporter_id: UUID
    reason: str
    comment: str = ""
    conversation_id: UUID | None = None
    seq: int | None = None
    user_id: UUID | None = None


def file_report(complaint: Complaint, *, address: str | None = None) -> tuple[Report, bool]:
    """The report, and whether it is new: while one is not settled, the same again gives that one.

    Raises RateLimited, ConversationNotFound, MessageNotFound and PersonNotFound for what the
    reporter may not see, SystemMessage, MessageGone, InvalidInput for oneself, for nothing at all
    or for a comment with controls. To be called outside of a transaction, for the count of tries.
    """
    require_plain(complaint.comment, "comment", may_have_lines=True)
    count_attempt(what="report", account=str(complaint.reporter_id), address=None)
    report = _draft(complaint)
    same = Report.objects.unsettled().filter(
        reporter=complaint.reporter_id,
        conversation=report.conversation_id,
        seq=report.seq,
        person=report.person_id,
    )
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=complaint.reporter_id)
        found = same.first()
        if found is None:
            report.save(force_insert=True)
    return found or report, found is None


def own_report(*, reporter_id: UUID, report_id: UUID) -> Report:
    """Raises ReportNotFound for another's too."""
    report = Report.objects.filter(pk=report_id, reporter=reporter_id).first()
    if report is None:
        raise ReportNotFound
    return report


def _draft(complaint: Complaint) -> Report:
    """Unsaved, and complete with its snapshot."""
    if complaint.user_id == complaint.reporter_id:
        raise InvalidInput.of("userId", "Nobody reports oneself.", "oneself")
    report = Report(
        reporter_id=complaint.reporter_id,
        person_id=complaint.user_id,
        reason=complaint.reason,
        comment=complaint.comment,
        snapshot=[],
    )
    if complaint.conversation_id is not None:
        visibility = visibility_of(complaint.conversation_id, complaint.reporter_id)
        report.conversation = visibility.conversation
        if complaint.seq is None:
            _about_conversation(report, visibility)
        else:
            _about_message(report, visibility, complaint.seq)
    elif complaint.user_id is None:
        raise InvalidInput.of("conversationId", "Say what is reported.", "required")
    if (
        complaint.user_id is not None
        and not User.objects.filter(pk=complaint.user_id, deactivated_at=None).exists()
    ):
        raise PersonNotFound
    return report


def _about_message(report: Report, visibility: Visibility, seq: int) -> None:
    if visibility.covers(seq):
        recall_locked(visibility.conversation.pk, [seq])
    message = Message.objects.within(visibility).filter(seq=seq).first()
    if message is None:
        raise MessageNotFound
    if message.kind == Message.Kind.SYSTEM:
        raise SystemMessage
    if message.deleted_at is not None:
        raise MessageGone
    if message.sender_id == report.reporter_id:
        raise InvalidInput.of("seq", "Nobody reports oneself.", "oneself")
    report.seq, report.person_id = seq, message.sender_id
    _picture(report, visibility, max(1, seq - CONTEXT), seq + CONTEXT)


def _about_conversation(report: Report, visibility: Visibility) -> None:
    conversation = visibility.conversation
    if report.person_id is None and conversation.is_direct:
        others = Participant.objects.filter(conversation=conversation)
        other = others.exclude(user=report.reporter_id).first()
        report.person_id = None if other is None else other.user_id
    _picture(report, visibility, max(1, visibility.head - PICTURED + 1), max(1, visibility.head))


def _picture(report: Report, visibility: Visibility, low: int, high: int) -> None:
    """Only what the reporter sees is pictured, and only that part is opened."""
    around = [seq for seq in range(low, high + 1) if visibility.covers(seq)]
    recall_locked(visibility.conversation.pk, around)  # what a report opens is read as rows
    seen = Message.objects.within(visibility).filter(seq__range=(low, high))
    seqs = list(seen.order_by("seq").values_list("seq", flat=True))
    report.snapshot = snapshot(visibility.conversation.pk, seqs)
    report.from_seq, report.to_seq = min(seqs, default=low), high


# Empties the person's messages in all snapshots, whoever reported them.
_EMPTY_SNAPSHOTS = """
UPDATE messaging_report SET snapshot = (
    SELECT coalesce(jsonb_agg(
        CASE WHEN each ->> 'senderId' = %(person)s
             THEN each || '{"content": "", "attachments": [], "meta": null, "isErased": true}'
             ELSE each END ORDER BY place), '[]')
    FROM jsonb_array_elements(snapshot) WITH ORDINALITY AS part(each, place))
WHERE jsonb_path_exists(snapshot, '$[*] ? (@.senderId == $person)',
                        jsonb_build_object('person', %(person)s::text))
"""

_EMPTY_COMMENTS = "UPDATE messaging_report SET comment = '' WHERE reporter_id = %(person)s::uuid"


def erase_from_reports(*, user_id: UUID) -> int:
    """Empties the person's messages in snapshots, and their comments as a reporter.

    Returns how many reports changed. Must run in the transaction that erases the person.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY_SNAPSHOTS, {"person": str(user_id)})
        changed: int = cursor.rowcount
        cursor.execute(_EMPTY_COMMENTS, {"person": str(user_id)})
        changed += cursor.rowcount
        return changed
