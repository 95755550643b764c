"""The files in a conversation, the newest first: one seek for each span that the person sees."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from attachments.content_type import PICTURES, PLAYED
from attachments.wire import AS_JSON, attachment_json
from chatproject.core.db.statements import big, fetch, statement
from chatproject.core.times import rfc3339
from conversations.visibility import FOREVER, sql, visibility_of

GALLERY = statement(
    """
    SELECT m.seq, m.position, m.shape, w.sender_id::text, w.created_at
    FROM {spans}
    CROSS JOIN LATERAL (
        SELECT a.seq, a.position, {shape} AS shape FROM attachments_attachment a
        WHERE a.conversation_id = %(conversation)s AND a.seq IS NOT NULL
          AND {in_span} AND a.state <> 'refused'
          AND (a.seq, a.position) < (%(seq)s, %(position)s)
          AND (a.content_type = ANY(%(types)s)) = %(among)s
          AND {not_hidden}
        ORDER BY a.seq DESC, a.position DESC LIMIT %(limit)s
    ) m
    JOIN messaging_message w ON w.conversation_id = %(conversation)s AND w.seq = m.seq
    ORDER BY m.seq DESC, m.position DESC LIMIT %(limit)s
    """,
    shape=AS_JSON,
    spans=sql.SPANS,
    in_span=sql.in_span("a.seq"),
    not_hidden=sql.not_hidden("a.seq", sql.CONVERSATION, sql.VIEWER),
)

# Which types a kind holds, or, where false, which it holds not.
KINDS: dict[str, tuple[frozenset[str], bool]] = {
    "all": (frozenset(), False),
    "pictures": (PICTURES, True),
    "media": (PICTURES | PLAYED, True),
    "files": (PICTURES | PLAYED, False),
}


class FilePosition(NamedTuple):
    """Of a file: its message's seq, and where it stands in the message."""

    seq: int
    position: int


HEAD = FilePosition(FOREVER, 0)


def list_attachments(
    *, conversation_id: UUID, viewer_id: UUID, kind: str, before: FilePosition, limit: int
) -> list[dict[str, Any]]:
    """At most `limit` files of a kind: `seq`, `position`, `senderId`, `createdAt`, `attachment`.

    What the person has hidden or cleared is left out, as everywhere. Raises ConversationNotFound.
    """
    visibility = visibility_of(conversation_id, viewer_id)
    types, among = KINDS[kind]
    rows = fetch(
        GALLERY,
        {
            "viewer": viewer_id,
            "conversation": conversation_id,
            **sql.span_params(
                [
                    span._replace(to_seq=min(span.to_seq, visibility.conversation.last_seq))
                    for span in visibility.spans
                ]
            ),
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
