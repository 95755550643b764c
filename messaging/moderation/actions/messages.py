"""Deletes any message for everybody, with a reason in the audit log."""

from uuid import UUID

from django.db import transaction

from accounts.audit.audit_log import record
from accounts.models import User
from messaging.actions.delete import delete_message
from messaging.archive.recalling import recall_locked
from messaging.models import Message


@transaction.atomic
def delete_as_moderator(*, conversation_id: UUID, seq: int, by: User, reason: str = "") -> bool:
    """Deletes a message; returns whether it was still there.

    Raises ConversationNotFound, MessageNotFound, SystemMessage.
    """
    recall_locked(conversation_id, [seq])
    message = Message.objects.filter(conversation=conversation_id, seq=seq).first()
    is_there = message is not None and message.deleted_at is None
    delete_message(conversation_id=conversation_id, user_id=by.pk, seq=seq, as_moderator=True)
    if message is not None and is_there:
        record(
            by=by,
            action="message.deleted",
            subject=message,
            reason=reason,
            before={"seq": seq, "isDeleted": False},
            after={"seq": seq, "isDeleted": True},
            person_id=message.sender_id,
            conversation_id=conversation_id,
        )
    return is_there
