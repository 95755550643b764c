"""The messages that are pinned to a conversation."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chatproject.core.db.statements import fetch, statement
from conversations.visibility import FOREVER, Visibility, sql
from messaging.reads.consistency import read_consistently
from messaging.reads.message_rows import OF_ONE, VisibleMessage, message_from_row
from messaging.reads.page import page_json, page_of_rows

PINNED = statement(
    """
    SELECT {columns}
    FROM {spans}
    JOIN messaging_message m ON m.conversation_id = %(conversation)s AND m.pinned_at IS NOT NULL
        AND {in_span}
    {joins}
    WHERE {not_hidden}
    ORDER BY m.pinned_at DESC, m.seq DESC
    """,
    spans=sql.SPANS,
    in_span=sql.in_span("m.seq"),
    **OF_ONE._asdict(),
)


def list_pins(*, conversation_id: UUID, viewer_id: UUID) -> dict[str, Any]:
    """All pinned messages that the person sees, the last pinned first, as a list without pages.

    Pins belong to who is in, as everywhere: who left is shown none. Raises ConversationNotFound.
    """
    visibility, rows = read_consistently(conversation_id, viewer_id, _pinned)
    return page_json(visibility, page_of_rows(rows))


def _pinned(visibility: Visibility) -> Sequence[VisibleMessage]:
    spans = [span for span in visibility.spans if span.to_rev == FOREVER]
    if not spans:
        return []
    place = {"viewer": visibility.user_id, "conversation": visibility.conversation.pk}
    return [message_from_row(row) for row in fetch(PINNED, {**place, **sql.span_params(spans)})]
