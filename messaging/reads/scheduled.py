"""One's own scheduled messages, and their shape. Nobody else is shown them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from attachments.models import Attachment
from attachments.wire import attachment_of
from chatproject.core.times import rfc3339
from conversations.visibility import visibility_of
from messaging.errors import ScheduledMessageNotFound
from messaging.models import ScheduledMessage


class ScheduledPosition(NamedTuple):
    """The place of a scheduled message among those of its author, the next to be sent first."""

    send_at: datetime
    id: UUID


def list_scheduled(
    *,
    author_id: UUID,
    conversation_id: UUID | None = None,
    after: ScheduledPosition | None = None,
    limit: int,
) -> list[dict[str, Any]]:
    """The person's own, of one conversation or of all, the next to be sent first.

    Raises ConversationNotFound for a conversation that they may not know of.
    """
    rows = ScheduledMessage.objects.filter(author=author_id)
    if conversation_id is not None:
        visibility_of(conversation_id, author_id)
        rows = rows.filter(conversation=conversation_id)
    if after is not None:
        later = rows.filter(send_at__gt=after.send_at)
        rows = later | rows.filter(send_at=after.send_at, id__gt=after.id)
    found = list(rows.order_by("send_at", "id")[:limit])
    files = _files_of(found)
    return [scheduled_json(each, files) for each in found]


def get_scheduled(*, conversation_id: UUID, author_id: UUID, scheduled_id: UUID) -> dict[str, Any]:
    """Raises ScheduledMessageNotFound."""
    found = ScheduledMessage.objects.filter(
        pk=scheduled_id, author=author_id, conversation=conversation_id
    ).first()
    if found is None:
        raise ScheduledMessageNotFound
    return scheduled_json(found)


def scheduled_json(
    scheduled: ScheduledMessage, files: dict[UUID, Attachment] | None = None
) -> dict[str, Any]:
    """The shape; `files` are the attachments by id where they were read for many at once."""
    known = _files_of([scheduled]) if files is None else files
    attachments = [known[each] for each in scheduled.attachment_ids if each in known]
    is_refused = scheduled.state == ScheduledMessage.State.REFUSED
    return {
        "id": str(scheduled.pk),
        "conversationId": str(scheduled.conversation_id),
        "content": scheduled.body,
        "replyToSeq": scheduled.reply_to_seq,
        "threadSeq": scheduled.thread_seq,
        "alsoToConversation": scheduled.also_to_conversation,
        "attachments": list(map(attachment_of, attachments)),
        "sendAt": rfc3339(scheduled.send_at),
        "state": str(scheduled.state),
        "refusal": {"code": scheduled.refusal_code, "detail": scheduled.refusal_detail}
        if is_refused
        else None,
        "createdAt": rfc3339(scheduled.created_at),
    }


def _files_of(scheduled: Iterable[ScheduledMessage]) -> dict[UUID, Attachment]:
    ids = [file for each in scheduled for file in each.attachment_ids]
    return Attachment.objects.in_bulk(ids) if ids else {}
