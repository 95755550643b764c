"""How far all the others have got, by which one's own messages are sent, delivered or read."""

from collections.abc import Collection, Iterable
from uuid import UUID

from chatproject.core.db.statements import fetch
from conversations.models import Conversation
from conversations.visibility import FOREVER, Sight
from messaging.reads.message_rows import Shown, Watermarks

# Who came later than a message counts as having it: their pointers begin before their first seq.
FLOORS = """
SELECT conversation_id, min(greatest(last_read_seq, last_delivered_seq)), min(last_read_seq)
FROM conversations_participant
WHERE conversation_id = ANY(ARRAY(SELECT unnest(%(ids)s::uuid[])))
  AND left_at IS NULL AND user_id <> %(user)s
GROUP BY conversation_id
"""

# Of a note to oneself, where there is nobody else.
EVERYTHING = Watermarks(delivered=FOREVER, read=FOREVER)


def watermarks_for(
    user_id: UUID, sights: Iterable[Sight], messages: Collection[Shown]
) -> dict[str, Watermarks]:
    """By conversation, of those of whose messages some are the person's own; one query or none."""
    own = {str(m.row["conversation_id"]) for m in messages if m.is_own}
    return watermarks_in(user_id, [sight for sight in sights if str(sight.conversation.pk) in own])


def watermarks_in(user_id: UUID, sights: Iterable[Sight]) -> dict[str, Watermarks]:
    """By conversation, where messages of the person's own are told how far they have got."""
    told = [
        sight.conversation
        for sight in sights
        if sight.participant and not sight.conversation.is_large
    ]
    if not told:
        return {}
    notes = {str(it.pk): EVERYTHING for it in told if it.kind == Conversation.Kind.DIRECT}
    return notes | {
        str(conversation_id): Watermarks(delivered=delivered, read=read)
        for conversation_id, delivered, read in fetch(
            FLOORS, {"ids": [it.pk for it in told], "user": user_id}
        )
    }
