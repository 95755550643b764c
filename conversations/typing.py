"""The rule on who may be shown as typing."""

from uuid import UUID

from conversations.errors import ConversationNotFound
from conversations.models import Conversation
from conversations.permissions import standing_of
from conversations.posting import require_posting


def is_typing_shown(*, conversation_id: UUID, user_id: UUID) -> bool:
    """Whether others are told that the person is typing: not in broadcasts and large conversations.

    Raises what the posting rule gives: ConversationNotFound, NotAParticipant,
    PostingRightMissing, ConversationLocked, Muted, Blocked.
    """
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    if conversation is None:
        raise ConversationNotFound
    require_posting(conversation, standing_of(conversation, user_id).require_participant())
    is_broadcast = conversation.kind == Conversation.Kind.BROADCAST
    return not (is_broadcast or conversation.is_large)
