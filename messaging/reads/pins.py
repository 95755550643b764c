"""The messages that are pinned to a conversation."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.readings import Steps, query, reading
from chatproject.core.db.statements import big, statement
from conversations.visibility import FOREVER, Visibility, sql
from messaging.reads.answer_size import FittingMessages, fitting, fitting_messages, size_params
from messaging.reads.consistency import read_consistently
from messaging.reads.message_rows import OF_ONE, VisibleMessage
from messaging.reads.page import page_of_rows

PINNED = fitting(
    statement(
        """
    SELECT {columns}
    FROM {spans}
    JOIN messaging_message m ON m.conversation_id = %(conversation)s AND m.pinned_at IS NOT NULL
        AND {in_span}
    {joins}
    WHERE (m.pinned_at, m.seq) < (%(pinned_at)s::timestamptz, %(seq)s) AND {not_hidden}
    OFFSET 0
    """,
        spans=sql.SPANS,
        in_span=sql.in_span("m.seq"),
        **OF_ONE._asdict(),
    ),
    order="pinned_at DESC, seq DESC",
)


class PinPosition(NamedTuple):
    """The place of a message among the pinned ones, the last pinned first."""

    pinned_at: datetime
    seq: int


BEFORE_ALL = PinPosition(datetime.max.replace(tzinfo=UTC), 0)


class Pins(NamedTuple):
    """A list as JSON, and the place to go on from; None where nothing is left."""

    answer: dict[str, Any]
    end: PinPosition | None


@reading
def list_pins(
    *, conversation_id: UUID, viewer_id: UUID, after: PinPosition = BEFORE_ALL
) -> Steps[Pins]:
    """The pinned messages that the person sees, the last pinned first, as many as fit into an
    answer.

    Pins belong to who is in, as everywhere: who left is shown none. Raises ConversationNotFound.
    """
    pages: list[FittingMessages] = []

    def read(visibility: Visibility) -> Steps[Sequence[VisibleMessage]]:
        pages.append((yield from _pinned(visibility, after)))
        return pages[-1].messages

    visibility, rows = yield from read_consistently.steps(conversation_id, viewer_id, read)
    end = _position(rows[-1]) if pages[-1].goes_on else None
    return Pins((yield from page_of_rows(visibility, rows)), end)


def _pinned(visibility: Visibility, after: PinPosition) -> Steps[FittingMessages]:
    spans = [span for span in visibility.spans if span.to_rev == FOREVER]
    if not spans:
        return FittingMessages([], goes_on=False)
    rows = yield from query(
        PINNED,
        {
            "viewer": visibility.user_id,
            "conversation": visibility.conversation.pk,
            "pinned_at": after.pinned_at,
            "seq": big(after.seq),
            **sql.span_params(spans),
            **size_params(),
        },
    )
    return fitting_messages(rows, len(rows))


def _position(message: VisibleMessage) -> PinPosition:
    pinned_at: Any = message.row["pinned_at"]
    return PinPosition(pinned_at, message.row["seq"])
