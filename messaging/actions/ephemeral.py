"""Messages for one person's eyes that are stored nowhere: what a program answers to them alone."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chatproject.core.ids import uuid7
from chatproject.core.times import rfc3339
from chatproject.realtime.bus import publish, to_user
from conversations.errors import ConversationNotFound, ParticipantNotFound
from conversations.models import Conversation, Participant
from conversations.permissions import standing_of
from conversations.posting import require_posting
from messaging.sending.drafts import check_body


def send_ephemeral(
    *,
    conversation_id: UUID,
    sender_id: UUID,
    user_id: UUID,
    body: str,
    author: Mapping[str, str] | None = None,
) -> str:
    """Shows a text on the connected devices of a member of the conversation; returns the time.

    A person who is offline never sees it. Raises InvalidInput, ConversationNotFound,
    NotAParticipant, what `posting_refusal` gives, and ParticipantNotFound if they are no member.
    """
    text = check_body(body)
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    if conversation is None:
        raise ConversationNotFound
    require_posting(conversation, standing_of(conversation, sender_id).require_participant())
    inside = Participant.objects.open().filter(conversation=conversation_id, user=user_id)
    if not inside.exists():
        raise ParticipantNotFound
    return tell_ephemeral(conversation_id, sender_id, user_id, text, author)


def tell_ephemeral(
    conversation_id: UUID,
    sender_id: UUID,
    user_id: UUID,
    text: str,
    author: Mapping[str, str] | None = None,
) -> str:
    """Publishes the event after the commit; the caller has checked the rights."""
    sent_at = rfc3339(timezone.now())
    event = to_user(
        user_id,
        {
            "type": "message.ephemeral",
            "conversationId": str(conversation_id),
            "id": str(uuid7()),
            "senderId": str(sender_id),
            "content": text,
            "author": None if author is None else dict(author),
            "createdAt": sent_at,
        },
    )
    transaction.on_commit(lambda: publish([event]), robust=True)
    return sent_at
