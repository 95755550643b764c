"""The versions of the text of a message, which may be many: page by page."""

from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.statements import big, fetch, statement
from chatproject.core.times import rfc3339
from conversations.visibility import sql
from messaging.models import Message
from messaging.reads.answer_size import fitting, goes_on, size_params
from messaging.reads.messages import find_message

VERSIONS = statement(
    """
    SELECT v.rev, v.body, v.created_at FROM messaging_revision v
    WHERE v.conversation_id = {conversation} AND v.seq = %(seq)s
      AND v.rev > %(after)s AND v.rev <= %(last)s
    ORDER BY v.rev LIMIT %(limit)s
    """,
    conversation=sql.CONVERSATION,
)
VERSION_BYTES = 100  # beside the text
REVISIONS = fitting(
    VERSIONS, order="rev", size=f"{VERSION_BYTES} + octet_length(to_json(r.body)::text)"
)
BEFORE_ALL = -1


class Revisions(NamedTuple):
    """Versions as JSON, oldest first; `next_rev` is the last one's where there are more."""

    versions: list[dict[str, Any]]
    next_rev: int | None = None


def list_revisions(
    *, conversation_id: UUID, viewer_id: UUID, seq: int, after: int = BEFORE_ALL, limit: int
) -> Revisions:
    """At most `limit` versions of later revs than `after`, as many as fit into an answer; none of a
    deleted or a system message.

    Who left sees the ones up to then. Raises ConversationNotFound, MessageNotFound.
    """
    visibility, message = find_message(conversation_id, viewer_id, seq)
    row, span = message.row, visibility.span_of(seq)
    if row["deleted_at"] is not None or row["kind"] == Message.Kind.SYSTEM:
        return Revisions([])
    rows = fetch(
        REVISIONS,
        {
            "conversation": conversation_id,
            "seq": big(seq),
            "after": big(after),
            "last": big(min(span.to_rev if span else 0, visibility.conversation.last_rev)),
            "limit": big(limit + 1),
            **size_params(),
        },
    )
    if not rows and after == BEFORE_ALL:
        return Revisions([_json(0, row["body"], row["created_at"])])
    versions = [_json(*it[:3]) for it in rows[:limit]]
    is_cut = goes_on(rows, len(versions))
    return Revisions(versions, versions[-1]["rev"] if is_cut else None)


def _json(rev: int, body: str, at: Any) -> dict[str, Any]:
    return {"rev": rev, "content": body, "createdAt": rfc3339(at)}
