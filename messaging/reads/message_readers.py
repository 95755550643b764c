"""Who has received or read a message, and when."""

from typing import Any
from uuid import UUID

from chatproject.core.db.readings import Steps, query, reading
from chatproject.core.db.statements import big, statement
from chatproject.core.times import rfc3339_or_none
from conversations import receipt_rights
from conversations.visibility import sql
from messaging.reads.messages import find_message

# A receipt covers (from_seq, up_to_seq]. If a pointer is beyond the message without a receipt (in a
# large conversation, or an imported past), the time is unknown. People who joined after the message
# have not read it by that, since their pointers began behind it. Of people who hide their receipts
# only what was visible before is shown.
RECEIPTS = statement(
    """
SELECT u.id, u.name, u.is_bot, got.delivered_at, got.read_at,
       got.delivered_at IS NOT NULL OR told.is_so AND p.last_delivered_seq >= %(seq)s,
       got.read_at IS NOT NULL OR told.is_so AND p.last_read_seq >= %(seq)s
FROM conversations_participant p
JOIN conversations_conversation c ON c.id = %(conversation)s
CROSS JOIN LATERAL (
    SELECT p.joined_at <= %(sent_at)s AND NOT {is_not_shown} AND NOT {is_untold} AS is_so) told
JOIN accounts_user u ON u.id = p.user_id
CROSS JOIN LATERAL (
    SELECT min(r.at) AS delivered_at, min(r.at) FILTER (WHERE r.kind = 'read') AS read_at
    FROM (VALUES ('read'), ('delivered')) AS k(kind)
    CROSS JOIN LATERAL (
        SELECT * FROM messaging_receipt
        WHERE conversation_id = %(conversation)s AND user_id = p.user_id AND kind = k.kind
          AND up_to_seq >= %(seq)s AND NOT {is_not_shown}
        ORDER BY up_to_seq LIMIT 1
    ) r
    WHERE r.from_seq < %(seq)s
) got
WHERE p.conversation_id = %(conversation)s AND {is_open} AND p.user_id > %(after)s
  AND p.user_id IS DISTINCT FROM %(sender)s::uuid
  AND {was_in}
ORDER BY p.user_id LIMIT %(limit)s
    """,
    is_open=sql.is_open(),
    is_untold=receipt_rights.is_untold(sql.CONVERSATION, "p.user_id"),
    is_not_shown=receipt_rights.is_not_shown("%(viewer)s"),
    was_in=sql.has_period(sql.CONVERSATION, "p.user_id", sql.in_period("%(seq)s", "q")),
)
BEFORE_ALL = UUID(int=0)


@reading
def list_receipts(
    *, conversation_id: UUID, viewer_id: UUID, seq: int, after: UUID | None, limit: int
) -> Steps[list[dict[str, Any]]]:
    """The members who can have the message, except its sender, in the order of their ids.

    Raises ConversationNotFound, MessageNotFound, and NotAParticipant if the viewer is no member.
    """
    visibility, message = yield from find_message.steps(conversation_id, viewer_id, seq)
    visibility.require_participant()
    rows = yield from query(
        RECEIPTS,
        {
            "conversation": conversation_id,
            "seq": big(seq),
            "sent_at": message.row["created_at"],
            "viewer": viewer_id,
            "sender": message.row["sender_id"],
            "after": after or BEFORE_ALL,
            "limit": big(limit),
        },
    )
    receipts = [_receipt_json(*row) for row in rows]
    if message.row["thread_only"]:
        # A read pointer of the timeline says nothing about threads, whose own pointers are private.
        return [{**receipt, "read": False, "readAt": None} for receipt in receipts]
    return receipts


def _receipt_json(
    id: UUID, name: str, is_bot: bool, delivered_at: Any, read_at: Any, got: bool, read: bool
) -> dict[str, Any]:
    """Reading implies receiving; unknown times are null."""
    return {
        "userId": str(id),
        "name": name,
        "isBot": is_bot,
        "delivered": got or read,
        "deliveredAt": rfc3339_or_none(delivered_at),
        "read": read,
        "readAt": rfc3339_or_none(read_at),
    }
