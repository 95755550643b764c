"""How far all the others have got, by which one's own messages are sent, delivered or read."""

from collections.abc import Collection, Iterable
from uuid import UUID

from chatproject.core.db.statements import fetch
from conversations.models import Conversation
from conversations.visibility import FOREVER, Visibility
from messaging.reads.message_rows import VisibleMessage, Watermarks

# Who came later than a message counts as having it: their pointers begin before their first seq.
WATERMARKS = """
SELECT conversation_id, min(greatest(last_read_seq, last_delivered_seq)), min(last_read_seq)
FROM conversations_participant
WHERE conversation_id = ANY(ARRAY(SELECT unnest(%(ids)s::uuid[])))
  AND left_at IS NULL AND user_id <> %(user)s
GROUP BY conversation_id
"""

# Of a note to oneself, where there is nobody else.
EVERYTHING = Watermarks(delivered=FOREVER, read=FOREVER)


def watermarks_for(
    user_id: UUID, visibilities: Iterable[Visibility], messages: Collection[VisibleMessage]
) -> dict[str, Watermarks]:
    """By conversation, of those of whose messages some are the person's own; one query or none."""
    own = {str(m.row["conversation_id"]) for m in messages if m.is_own}
    return watermarks_in(
        user_id,
        [visibility for visibility in visibilities if str(visibility.conversation.pk) in own],
    )


def watermarks_in(user_id: UUID, visibilities: Iterable[Visibility]) -> dict[str, Watermarks]:
    """By conversation, where messages of the person's own are told how far they have got."""
    told = [
        visibility.conversation
        for visibility in visibilities
        if visibility.participant and not visibility.conversation.is_large
    ]
    if not told:
        return {}
    notes = {str(it.pk): EVERYTHING for it in told if it.kind == Conversation.Kind.DIRECT}
    return notes | {
        str(conversation_id): Watermarks(delivered=delivered, read=read)
        for conversation_id, delivered, read in fetch(
            WATERMARKS, {"ids": [it.pk for it in told], "user": user_id}
        )
    }
