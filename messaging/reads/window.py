"""Stretches of a log, read from one end: what a person sees of them, or what all do."""

from collections.abc import Sequence
from uuid import UUID

from chatproject.core.db.statements import big, fetch, statement
from conversations.visibility import Span, Visibility, sql
from messaging.reads.message_rows import NOBODY, OF_ONE, VisibleMessage, message_from_row

# One seek per span, so that what lies between two memberships is never walked through.
WINDOW = """
SELECT {columns}
FROM {spans}
CROSS JOIN LATERAL (
    SELECT * FROM messaging_message m
    WHERE m.conversation_id = %(conversation)s AND {in_span} AND {not_hidden}
    ORDER BY m.seq {order} LIMIT %(limit)s
) m
{joins}
ORDER BY m.seq {order} LIMIT %(limit)s
"""


def _window(order: str, not_hidden: str = OF_ONE.not_hidden) -> str:
    parts = OF_ONE._replace(not_hidden=not_hidden)._asdict()
    return statement(WINDOW, spans=sql.SPANS, in_span=sql.in_span("m.seq"), order=order, **parts)


NEWEST_FIRST, OLDEST_FIRST = _window("DESC"), _window("ASC")
NEWEST_FOR_ALL = _window("DESC", not_hidden="true")


def window(
    visibility: Visibility, low: int, high: int, *, limit: int, newest_first: bool
) -> list[VisibleMessage]:
    """What the person sees of [low, high], from one end; nothing newer than the visibility."""
    spans = _clip(visibility, low, high)
    if not spans:
        return []
    query = NEWEST_FIRST if newest_first else OLDEST_FIRST
    return _read(query, visibility.conversation.pk, visibility.user_id, spans, limit)


def newest(conversation_id: UUID, last_seq: int, *, limit: int) -> list[VisibleMessage]:
    """The last messages up to `last_seq` as they are for everybody, newest first."""
    return _read(NEWEST_FOR_ALL, conversation_id, NOBODY, [Span(1, last_seq)], limit)


def _read(
    query: str, conversation_id: UUID, viewer_id: UUID, spans: Sequence[Span], limit: int
) -> list[VisibleMessage]:
    rows = fetch(
        query,
        {
            "viewer": viewer_id,
            "conversation": conversation_id,
            "limit": big(limit),
            **sql.span_params(spans),
        },
    )
    return [message_from_row(row) for row in rows]


def _clip(visibility: Visibility, low: int, high: int) -> list[Span]:
    high = min(high, visibility.conversation.last_seq)
    clipped = (
        Span(max(span.from_seq, low), min(span.to_seq, high), span.to_rev)
        for span in visibility.spans
    )
    return [span for span in clipped if span.from_seq <= span.to_seq]
