"""Windows of a log, read from one end: the messages that a viewer sees, or everybody's."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.readings import Steps, query, reading
from chatproject.core.db.statements import big, statement
from conversations.models import Conversation
from conversations.visibility import Span, Visibility, sql
from messaging.archive.reading import across, archived_between, archived_params
from messaging.archive.rows import Row
from messaging.reads.answer_size import FittingMessages, fitting, fitting_messages, size_params
from messaging.reads.message_rows import NOBODY, OF_ONE

# One seek per span, so that what lies between two memberships is never walked through.
WINDOW = """
SELECT {columns}
FROM {spans}
CROSS JOIN LATERAL (
    SELECT * FROM messaging_message m
    WHERE m.conversation_id = %(conversation)s AND {in_span} AND {wanted} AND {not_hidden}
    ORDER BY m.seq {order} LIMIT %(limit)s
) m
{joins}
ORDER BY m.seq {order} LIMIT %(limit)s
"""


# Messages that are looked at beyond those asked for, since some may be hidden or in threads.
SPARE = 16


def _window(order: str, wanted: str, not_hidden: str = OF_ONE.not_hidden) -> str:
    parts = OF_ONE._replace(not_hidden=not_hidden)._asdict()
    rows = statement(
        WINDOW,
        spans=sql.SPANS,
        in_span=sql.in_span("m.seq"),
        wanted=wanted,
        order=order,
        **parts,
    )
    return fitting(rows, order=f"seq {order}")


class Strand(NamedTuple):
    """A selection of a log's messages, as statements that read it from either end."""

    newest_first: str
    oldest_first: str
    first_seq: int = 1  # it has no message before this seq
    params: Mapping[str, Any] = {}


def _strand(wanted: str) -> Strand:
    return Strand(_window("DESC", wanted), _window("ASC", wanted))


LOG = _strand("true")
TIMELINE = _strand(sql.in_timeline())
_REPLIES = _strand("m.thread_seq = %(root)s")
NEWEST_FOR_ALL = _window("DESC", sql.in_timeline(), not_hidden="true")


def replies_to(root_seq: int) -> Strand:
    """The replies of a thread."""
    return _REPLIES._replace(first_seq=root_seq + 1, params={"root": big(root_seq)})


@reading
def window(
    visibility: Visibility,
    low: int,
    high: int,
    *,
    limit: int,
    newest_first: bool,
    parts: int = 1,
    strand: Strand = LOG,
) -> Steps[FittingMessages]:
    """What the person sees of the strand in [low, high], from one end; nothing newer than the
    visibility.

    It fits into an answer that is made of so many `parts`.
    """
    spans = _clip(visibility, low, high)
    if not spans:
        return FittingMessages([], goes_on=False)
    text = strand.newest_first if newest_first else strand.oldest_first
    params = {**size_params(parts=parts), **strand.params}
    conversation = visibility.conversation

    def read(spans: Sequence[Span], archived: Sequence[Row] = ()) -> Steps[FittingMessages]:
        there = archived_params(archived) if archived else {}
        place = conversation.pk, visibility.user_id
        asked = across(text) if archived else text
        return (yield from _read(asked, *place, spans, limit, {**params, **there}))

    if spans[0].from_seq > conversation.archived_seq:
        return (yield from read(spans))
    return (
        yield from _read_across(read, conversation, spans, limit=limit, newest_first=newest_first)
    )


def _read_across(
    read: Callable[..., Steps[FittingMessages]],
    conversation: Conversation,
    spans: Sequence[Span],
    *,
    limit: int,
    newest_first: bool,
) -> Steps[FittingMessages]:
    """What `read` finds in the spans, of which a part may be in files.

    No more of the files is read than the answer needs: a stretch from the end that is asked for,
    and a longer one where too little of that may be seen.
    """
    border, low, high = conversation.archived_seq, spans[0].from_seq, spans[-1].to_seq
    if low == high or (newest_first and high > border):
        # A row holds, whatever is in files.
        found = yield from read(_within(spans, low if low == high else border + 1, high))
        if found.goes_on or (low == high and found.messages):
            return found
    stretch = limit + SPARE
    while True:
        if newest_first:
            first, last = max(min(high, border) - stretch + 1, low), high
        else:
            first, last = low, low + stretch - 1
            last = high if last >= border else last
        archived = yield from archived_between.steps(conversation.pk, first, min(last, border))
        found = yield from read(_within(spans, first, last), archived)
        if found.goes_on or (first, last) == (low, high):
            return found
        stretch *= 4


@reading
def newest(
    conversation_id: UUID, last_seq: int, *, limit: int, first_seq: int = 1
) -> Steps[FittingMessages]:
    """The last messages of the timeline from `first_seq` to `last_seq` as they are for everybody,
    newest first."""
    spans = [Span(first_seq, last_seq)]
    size = size_params()
    return (yield from _read(NEWEST_FOR_ALL, conversation_id, NOBODY, spans, limit, size))


def _read(
    text: str,
    conversation_id: UUID,
    viewer_id: UUID,
    spans: Sequence[Span],
    limit: int,
    params: Mapping[str, Any],
) -> Steps[FittingMessages]:
    rows = yield from query(
        text,
        {
            "viewer": viewer_id,
            "conversation": conversation_id,
            "limit": big(limit + 1),
            **sql.span_params(spans),
            **params,
        },
        is_generic="archived" in params,
    )
    return fitting_messages(rows, limit)


def _clip(visibility: Visibility, low: int, high: int) -> list[Span]:
    return _within(visibility.spans, low, min(high, visibility.conversation.last_seq))


def _within(spans: Sequence[Span], low: int, high: int) -> list[Span]:
    clipped = (Span(max(span.from_seq, low), min(span.to_seq, high), span.to_rev) for span in spans)
    return [span for span in clipped if span.from_seq <= span.to_seq]
