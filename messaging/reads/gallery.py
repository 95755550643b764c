"""The files in a conversation, the newest first: one seek a stretch that the person sees."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from attachments.content_type import PICTURES, PLAYED
from attachments.wire import AS_JSON, attachment_json
from chatproject.core.db.statements import big, bigs, fetch, statement
from chatproject.core.times import rfc3339
from conversations.visibility import FOREVER
from messaging.reads.visibility import sight_of

GALLERY = statement(
    """
    SELECT m.seq, m.position, m.shape, w.sender_id::text, w.created_at
    FROM unnest(%(froms)s::bigint[], %(tos)s::bigint[]) AS s(from_seq, to_seq)
    CROSS JOIN LATERAL (
        SELECT a.conversation_id, a.seq, a.position, {shape} AS shape FROM attachments_attachment a
        WHERE a.conversation_id = %(conversation)s AND a.seq IS NOT NULL
          AND a.seq BETWEEN s.from_seq AND s.to_seq AND a.state <> 'refused'
          AND (a.seq, a.position) < (%(seq)s, %(position)s)
          AND (a.content_type = ANY(%(types)s)) = %(among)s
          AND NOT EXISTS (
              SELECT FROM messaging_hide h WHERE h.conversation_id = a.conversation_id
                AND h.user_id = %(viewer)s AND h.seq = a.seq)
        ORDER BY a.seq DESC, a.position DESC LIMIT %(limit)s
    ) m
    JOIN messaging_message w ON w.conversation_id = m.conversation_id AND w.seq = m.seq
    ORDER BY m.seq DESC, m.position DESC LIMIT %(limit)s
    """,
    shape=AS_JSON,
)

# Which types a kind holds, or, where false, which it holds not.
KINDS: dict[str, tuple[frozenset[str], bool]] = {
    "all": (frozenset(), False),
    "pictures": (PICTURES, True),
    "media": (PICTURES | PLAYED, True),
    "files": (PICTURES | PLAYED, False),
}


class Place(NamedTuple):
    """Of a file: its message's seq, and where it stands in the message."""

    seq: int
    position: int


HEAD = Place(FOREVER, 0)


def list_attachments(
    *, conversation_id: UUID, viewer_id: UUID, kind: str, before: Place, limit: int
) -> list[dict[str, Any]]:
    """At most `limit` files of a kind: `seq`, `position`, `senderId`, `createdAt`, `attachment`.

    What the person has hidden or cleared is left out, as everywhere. Raises ConversationNotFound.
    """
    sight = sight_of(conversation_id, viewer_id)
    types, among = KINDS[kind]
    rows = fetch(
        GALLERY,
        {
            "viewer": viewer_id,
            "conversation": conversation_id,
            "froms": bigs(span.from_seq for span in sight.spans),
            "tos": bigs(min(span.to_seq, sight.conversation.last_seq) for span in sight.spans),
            "seq": big(before.seq),
            "position": big(before.position),
            "types": sorted(types),
            "among": among,
            "limit": big(limit),
        },
    )
    return [_json(row) for row in rows]


def _json(row: Sequence[Any]) -> dict[str, Any]:
    seq, position, shape, sender_id, created_at = row
    return {
        "seq": seq,
        "position": position,
        "senderId": sender_id,
        "createdAt": rfc3339(created_at),
        "attachment": attachment_json(shape),
    }
