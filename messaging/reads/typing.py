"""Who may be told to be typing."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from accounts.models import Block, Mute
from conversations.errors import (
    Blocked,
    ConversationLocked,
    ConversationNotFound,
    PostingRightMissing,
)
from conversations.models import Conversation, Participant
from conversations.permissions import standing_of
from messaging.errors import Muted


def is_typing_told(*, conversation_id: UUID, user_id: UUID) -> bool:
    """Whether others are told that the person types there: not in broadcasts and large ones.

    Raises as posting would: ConversationNotFound, NotAParticipant, PostingRightMissing,
    ConversationLocked, Muted, Blocked.
    """
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    if conversation is None:
        raise ConversationNotFound
    participant = standing_of(conversation, user_id).require_participant()
    is_broadcast = conversation.kind == Conversation.Kind.BROADCAST
    if is_broadcast and not participant.is_admin:
        raise PostingRightMissing
    if conversation.locked_at is not None:
        raise ConversationLocked
    if Mute.objects.filter(Q(ends_at=None) | Q(ends_at__gt=Now()), user=user_id).exists():
        raise Muted
    if conversation.kind == Conversation.Kind.DIRECT and _is_blocked(conversation, user_id):
        raise Blocked
    return not (is_broadcast or conversation.is_large)


def _is_blocked(direct: Conversation, user_id: UUID) -> bool:
    """Whether one of the two blocks the other."""
    between = Block.objects.filter(
        Q(blocker=user_id, blocked=OuterRef("user")) | Q(blocker=OuterRef("user"), blocked=user_id)
    )
    others = Participant.objects.open().filter(conversation=direct).exclude(user=user_id)
    return others.filter(Exists(between)).exists()
