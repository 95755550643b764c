"""Pages of a log: seek on (conversation, seq), whatever its length. Never OFFSET, never a COUNT."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.api.json import PartlyEncoded
from chatproject.core.db.readings import Steps, query, reading, together
from chatproject.core.db.statements import big, statement
from conversations.visibility import Visibility, visibility_of
from messaging.archive.reading import archived_seq_at
from messaging.reads.cache.latest_page import guess_beside, latest_page
from messaging.reads.cache.older_page import guess_older, older_page
from messaging.reads.consistency import read_consistently
from messaging.reads.message_rows import VisibleMessage
from messaging.reads.page import page_of_rows
from messaging.reads.window import TIMELINE, Strand, window

# The first message that is not too early, in [low, high); `high` when all are. Times ascend with
# seq, so that some twenty look-ups find it in a million.
FIRST = """
WITH RECURSIVE halved(low, high) AS (
    SELECT %(low)s::bigint, %(high)s::bigint
    UNION ALL
    SELECT CASE WHEN m.is_early THEN m.seq + 1 ELSE h.low END,
           CASE WHEN m.is_early THEN h.high ELSE m.seq END
    FROM halved h CROSS JOIN LATERAL (
        SELECT seq, created_at {early} %(moment)s AS is_early FROM messaging_message
        WHERE conversation_id = %(conversation)s AND seq = (h.low + h.high) / 2
        LIMIT 1
    ) m
    WHERE h.low < h.high
)
SELECT max(low) FROM halved
"""
FIRST_AT, FIRST_AFTER = (statement(FIRST, early=early) for early in ("<", "<="))

# The same where seqs are missing, since their messages are in files.
FIRST_ROW = """
WITH RECURSIVE halved(low, high, best) AS (
    SELECT %(low)s::bigint, %(high)s::bigint, %(high)s::bigint
    UNION ALL
    SELECT CASE WHEN m.is_early THEN m.seq + 1 ELSE h.low END,
           CASE WHEN m.is_early THEN h.high ELSE (h.low + h.high) / 2 END,
           CASE WHEN m.is_early THEN h.best ELSE coalesce(m.seq, h.best) END
    FROM halved h LEFT JOIN LATERAL (
        SELECT seq, created_at {early} %(moment)s AS is_early FROM messaging_message
        WHERE conversation_id = %(conversation)s
          AND seq >= (h.low + h.high) / 2 AND seq < h.high
        ORDER BY seq LIMIT 1
    ) m ON true
    WHERE h.low < h.high
)
SELECT min(best) FROM halved
"""
FIRST_ROW_AT, FIRST_ROW_AFTER = (statement(FIRST_ROW, early=early) for early in ("<", "<="))

Position = int | datetime  # a seq, or a moment


class PageAnchor(NamedTuple):
    """Where a page lies: before, after or around a seq or a moment; at the head without any."""

    before: Position | None = None
    after: Position | None = None
    around: Position | None = None


LATEST = PageAnchor()


class Rows(NamedTuple):
    """Ascending rows; `older` and `newer` are the seqs to go on `before` and `after`."""

    rows: Sequence[VisibleMessage]
    older: int | None
    newer: int | None


@reading
def history_page(
    *, conversation_id: UUID, viewer_id: UUID, anchor: PageAnchor, limit: int
) -> Steps[dict[str, Any]]:
    """`encoded_history_page`, decoded."""
    page = yield from encoded_history_page.steps(
        conversation_id=conversation_id, viewer_id=viewer_id, anchor=anchor, limit=limit
    )
    if isinstance(page["results"], PartlyEncoded):
        page["results"] = page["results"].decoded()
    return page


@reading
def encoded_history_page(
    *, conversation_id: UUID, viewer_id: UUID, anchor: PageAnchor, limit: int
) -> Steps[dict[str, Any]]:
    """A page as JSON: `results` (newest last), `next`, `previous`, `rev`, `people`. It has fewer
    messages than `limit` where they are large (`answer_size`). The results of a page
    that was kept are PartlyEncoded, which `core.api.json.dump` takes.

    `next` goes on `after` and `previous` goes on `before`, null where nothing is left. `rev` is
    read before the rows: what changes later is among the changes since it. Raises
    ConversationNotFound.
    """
    if anchor == LATEST:
        visibility, guess = yield from together(
            visibility_of.steps(conversation_id, viewer_id),
            guess_beside(conversation_id, viewer_id, limit),
        )
        latest = yield from latest_page.steps(visibility, limit, guess)
        if latest is not None:
            return latest
    elif isinstance(anchor.before, int):
        end = anchor.before
        visibility, read_ahead = yield from together(
            visibility_of.steps(conversation_id, viewer_id),
            guess_older(conversation_id, viewer_id, end, limit),
        )
        older = yield from older_page.steps(visibility, end, limit, read_ahead)
        if older is not None:
            return older
    else:
        visibility = yield from visibility_of.steps(conversation_id, viewer_id)
    found: list[Rows] = []

    def read(visibility: Visibility) -> Steps[Sequence[VisibleMessage]]:
        found.append((yield from rows_at(visibility, anchor, limit, TIMELINE)))
        return found[-1].rows

    visibility, _ = yield from read_consistently.steps(
        conversation_id, viewer_id, read, visibility=visibility
    )
    return (yield from page_of_rows(visibility, *found[-1]))


def rows_at(visibility: Visibility, anchor: PageAnchor, limit: int, strand: Strand) -> Steps[Rows]:
    """The messages of the page."""
    if anchor.before is not None:
        end = yield from _seq_at(visibility, anchor.before)
        return (yield from _before(visibility, end, limit, strand))
    if anchor.after is not None:
        start = yield from _seq_after(visibility, anchor.after)
        return (yield from _after(visibility, start, limit, strand))
    if anchor.around is not None:
        middle = yield from _seq_at(visibility, anchor.around)
        return (yield from _around(visibility, middle, limit, strand))
    return (yield from _before(visibility, visibility.head + 1, limit, strand))


def _before(visibility: Visibility, end: int, limit: int, strand: Strand) -> Steps[Rows]:
    """The last ones with a seq below `end`."""
    found = yield from window.steps(
        visibility, 1, end - 1, limit=limit, newest_first=True, strand=strand
    )
    page = found.messages[::-1]
    last = _seq(page[-1]) if page else max(end - 1, 0)
    return Rows(
        page,
        older=_seq(page[0]) if found.goes_on else None,
        newer=last if visibility.head >= end else None,
    )


def _after(visibility: Visibility, start: int, limit: int, strand: Strand) -> Steps[Rows]:
    """The first ones with a seq of `start` or above."""
    head = visibility.head
    found = yield from window.steps(
        visibility, start, head, limit=limit, newest_first=False, strand=strand
    )
    page = found.messages
    first = _seq(page[0]) if page else start
    return Rows(
        page,
        older=first if _begins_before(visibility, first, strand) else None,
        newer=_seq(page[-1]) if found.goes_on else None,
    )


def _around(visibility: Visibility, middle: int, limit: int, strand: Strand) -> Steps[Rows]:
    """Half of them before `middle`; where one side has less, more of the other."""
    half: Any = {"limit": limit, "parts": 2, "strand": strand}
    older, newer = yield from together(
        window.steps(visibility, 1, middle - 1, newest_first=True, **half),
        window.steps(visibility, middle, visibility.head, newest_first=False, **half),
    )
    take_older = min(len(older.messages), max(limit // 2, limit - len(newer.messages)))
    take_newer = min(len(newer.messages), limit - take_older)
    page = [*older.messages[:take_older][::-1], *newer.messages[:take_newer]]
    goes_back = older.goes_on or len(older.messages) > take_older
    goes_on = newer.goes_on or len(newer.messages) > take_newer
    return Rows(
        page,
        older=_seq(page[0]) if goes_back else None,
        newer=_seq(page[-1]) if goes_on else None,
    )


def _seq_at(visibility: Visibility, position: Position) -> Steps[int]:
    """The seq, or that of the first message at the moment or later."""
    if isinstance(position, int):
        return position
    return (yield from _search(visibility, position, is_after=False))


def _seq_after(visibility: Visibility, position: Position) -> Steps[int]:
    if isinstance(position, int):
        return position + 1
    return (yield from _search(visibility, position, is_after=True))


def _search(visibility: Visibility, moment: datetime, *, is_after: bool) -> Steps[int]:
    """Only among visible messages, so that the answer reveals nothing about others."""
    conversation = visibility.conversation
    low = min((span.from_seq for span in visibility.spans), default=1)
    high = max(low, visibility.head + 1)
    asked = {
        "low": big(low),
        "high": big(high),
        "moment": moment,
        "conversation": conversation.pk,
    }
    if low > conversation.archived_seq:
        ((seq,),) = yield from query(FIRST_AFTER if is_after else FIRST_AT, asked)
        return int(seq)
    archived = yield from archived_seq_at.steps(conversation.pk, low, moment, is_after=is_after)
    ((seq,),) = yield from query(FIRST_ROW_AFTER if is_after else FIRST_ROW_AT, asked)
    return min(int(seq), high if archived is None else archived)


def _begins_before(visibility: Visibility, seq: int, strand: Strand) -> bool:
    return strand.first_seq < seq and any(span.from_seq < seq for span in visibility.spans)


def _seq(message: VisibleMessage) -> int:
    return message.row["seq"]
