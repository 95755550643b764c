"""What staff may read in the admin, and the audit entry of every read of a private conversation.

Moderators may read public conversations. Of a private one (direct, group, broadcast) they may read
the part that an unsettled report opens. Administrators and people with the permission
`messaging.see_private` may read everything. All reads are recorded.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from accounts.audit.audit_log import record
from accounts.models import User
from chatproject.core.db.statements import big, fetch
from conversations.models import Conversation
from messaging.models import Message
from messaging.moderation.models import Report

PUBLIC = Conversation.Kind.PUBLIC


def sees_all(user: User) -> bool:
    return user.has_perm("messaging.see_private")


# Whether a moderator may read a message `m` of a conversation `c`. In all statements that ask.
READABLE = """
(c.kind = 'public' OR EXISTS (
    SELECT FROM messaging_report r
    WHERE r.conversation_id = m.conversation_id AND r.state IN ('open', 'taken')
      AND r.from_seq <= m.seq AND r.to_seq >= m.seq))
"""
MAY_READ = f"""
SELECT FROM messaging_message m JOIN conversations_conversation c ON c.id = %(conversation)s
WHERE m.conversation_id = %(conversation)s AND m.seq = %(seq)s AND {READABLE}
"""


def may_read_message(user: User, message: Message) -> bool:
    if sees_all(user):
        return True
    place = {"conversation": message.conversation_id, "seq": big(message.seq)}
    return bool(fetch(MAY_READ, place))


def readable_conversations(user: User) -> Q:
    """The conversations whose title and topic the user may read, as a condition on them."""
    if sees_all(user):
        return Q()
    opened = Report.objects.unsettled().filter(conversation=OuterRef("pk"))
    return Q(kind=PUBLIC) | Q(Exists(opened))


def record_messages_read(user: User, messages: Iterable[Message], *, where: str) -> None:
    """Records which messages of private conversations were read, one entry per conversation."""
    read: dict[UUID, list[int]] = {}
    for message in messages:
        if message.conversation.kind != PUBLIC:
            read.setdefault(message.conversation_id, []).append(message.seq)
    if not read:
        return
    openers = _opening_reports(read)
    for conversation_id, seqs in read.items():
        _record_read(
            user,
            conversation_id,
            {"where": where, "fromSeq": min(seqs), "toSeq": max(seqs)},
            openers.get(conversation_id, []),
        )


def record_conversation_read(user: User, conversation_id: UUID, *, where: str, **what: str) -> None:
    """Records a read of a private conversation."""
    openers = _opening_reports([conversation_id])
    _record_read(user, conversation_id, {"where": where, **what}, openers.get(conversation_id, []))


def _opening_reports(conversation_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """The unsettled reports that open each conversation."""
    found: dict[UUID, list[str]] = {}
    reports = Report.objects.unsettled().filter(conversation__in=list(conversation_ids))
    for conversation_id, key in reports.values_list("conversation_id", "pk"):
        found.setdefault(conversation_id, []).append(str(key))
    return found


def _record_read(
    user: User, conversation_id: UUID, what: dict[str, Any], openers: list[str]
) -> None:
    record(
        by=user,
        action="conversation.read",
        subject=Conversation(pk=conversation_id),
        after={**what, "reportIds": openers[:20]},
    )


def is_private(conversation_id: UUID | None) -> bool:
    if conversation_id is None:
        return False
    return Conversation.objects.filter(pk=conversation_id).exclude(kind=PUBLIC).exists()
