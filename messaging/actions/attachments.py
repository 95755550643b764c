"""Announces that a file in a message has changed: its preview is ready, or it was refused."""

from typing import Any
from uuid import UUID

from conversations.errors import ConversationNotFound
from messaging.actions.locked_message import change
from messaging.log import writing
from messaging.models import Message


def on_attachment_changed(sender: object, *, conversation_id: UUID, seq: int, **_: Any) -> None:
    """The signal's receiver."""
    tell_of_attachment(conversation_id=conversation_id, seq=seq)


def tell_of_attachment(*, conversation_id: UUID, seq: int) -> None:
    """Gives the message a new rev and announces `message.updated`, unless it is deleted.

    So connected clients get it at once, and others find it among the changes.
    """
    try:
        with writing(conversation_id) as log:
            message = Message.objects.filter(
                conversation=conversation_id, seq=seq, deleted_at__isnull=True
            ).first()
            if message is not None:
                change(log, message, log.next_rev())
    except ConversationNotFound:
        return
