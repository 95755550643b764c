"""Forwarding a message to conversations in which one may post, with its files."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.db import transaction

from attachments.actions.copy import copy_attachments
from attachments.actions.discard import discard
from attachments.models import Attachment
from attachments.wire import attachment_json
from chatproject.core.errors import Refusal
from messaging.errors import MessageGone, SystemMessage
from messaging.models import Message
from messaging.polls import as_text, poll_of
from messaging.reads.message_rows import VisibleMessage
from messaging.reads.messages import find_message
from messaging.sending.drafts import Draft
from messaging.sending.send import send_message


class Forwarded(NamedTuple):
    """The result in one conversation: the message as its sender sees it, or the refusal."""

    conversation_id: UUID
    message: dict[str, Any] | None
    refusal: Refusal | None

    def as_json(self) -> dict[str, Any]:
        return {
            "conversationId": str(self.conversation_id),
            "message": self.message,
            "refusal": None if self.refusal is None else self.refusal.as_json(),
        }


def forward_message(
    *,
    conversation_id: UUID,
    user_id: UUID,
    seq: int,
    targets: Sequence[UUID],
    client_id: UUID,
) -> list[Forwarded]:
    """Sends a visible message on in the sender's name; returns a result for each target, in order.

    A refusal in one target does not affect the others. The same `client_id` again has no second
    effect. Only people who may see the original can find out where it came from. Must not be called
    in a transaction, like sending. Raises ConversationNotFound,
    MessageNotFound, SystemMessage, MessageGone.
    """
    _, found = find_message(conversation_id, user_id, seq)
    if found.row["kind"] == Message.Kind.SYSTEM:
        raise SystemMessage
    if found.row["deleted_at"] is not None:
        raise MessageGone
    original = _Original(conversation_id, seq, _body_of(found), _files_of(found))
    return [
        _forward_to(target, user_id, original, uuid5(client_id, str(target))) for target in targets
    ]


class _Original(NamedTuple):
    conversation_id: UUID
    seq: int
    body: str
    files: list[UUID]


def _body_of(message: VisibleMessage) -> str:
    """A poll is forwarded as a text: its votes belong to the people who were asked."""
    poll = poll_of(message.row["meta"])
    return message.row["body"] if poll is None else as_text(message.row["body"], poll)


def _files_of(message: VisibleMessage) -> list[UUID]:
    """The files without pictures that could not be read, of which nothing is stored."""
    shapes = map(attachment_json, message.attachments)
    return [UUID(each["id"]) for each in shapes if each["state"] != Attachment.State.REFUSED]


def _forward_to(target: UUID, user_id: UUID, original: _Original, client_id: UUID) -> Forwarded:
    copies: list[UUID] = []
    origin = original.conversation_id, original.seq
    try:
        copies = copy_attachments(attachment_ids=original.files, uploader_id=user_id, key=client_id)
        draft = Draft(
            conversation_id=target,
            sender_id=user_id,
            client_id=client_id,
            body=original.body,
            attachment_ids=tuple(copies),
            forwarded_from=origin,
        )
        return Forwarded(target, send_message(draft).as_json(), None)
    except Refusal as refusal:
        _discard_unsent(copies)
        return Forwarded(target, None, refusal)


def _discard_unsent(copies: Sequence[UUID]) -> None:
    if not copies:
        return
    with transaction.atomic():
        discard(Attachment.objects.select_for_update().filter(pk__in=copies, seq=None))
