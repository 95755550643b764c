"""Where a forwarded message came from, for who may see that."""

from typing import Any
from uuid import UUID

from conversations.errors import ConversationNotFound
from messaging.errors import MessageNotFound, OriginNotFound
from messaging.models import Forward
from messaging.reads.messages import find_message, get_message


def get_origin(*, conversation_id: UUID, viewer_id: UUID, seq: int) -> dict[str, Any]:
    """The message that a forwarded one came from, as the viewer sees it, and its people.

    Raises ConversationNotFound, MessageNotFound for the forwarded message, and OriginNotFound for
    one that is not forwarded, or whose origin is not for the viewer: which of the two is not told.
    """
    find_message(conversation_id, viewer_id, seq)
    forward = Forward.objects.filter(conversation=conversation_id, seq=seq).first()
    if forward is None:
        raise OriginNotFound
    try:
        return get_message(
            conversation_id=forward.origin_conversation_id,
            viewer_id=viewer_id,
            seq=forward.origin_seq,
        )
    except (ConversationNotFound, MessageNotFound):
        raise OriginNotFound from None
