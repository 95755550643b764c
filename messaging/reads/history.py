"""Pages of a log: seek on (conversation, seq), whatever its length. Never OFFSET, never a COUNT."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.statements import big, bigs, fetch, statement
from conversations.visibility import Sight, Span
from messaging.reads.latest_page import latest_page
from messaging.reads.message_rows import BESIDE, NOT_HIDDEN, SHOWN, Shown, own_json, shown
from messaging.reads.people import people_in
from messaging.reads.visibility import look, sight_of
from messaging.reads.watermarks import watermarks_for

# One seek per stretch, so that what lies between two memberships is never walked through.
WINDOW = """
SELECT {shown}
FROM unnest(%(froms)s::bigint[], %(tos)s::bigint[], %(to_revs)s::bigint[])
    AS s(from_seq, to_seq, to_rev)
CROSS JOIN LATERAL (
    SELECT * FROM messaging_message m
    WHERE m.conversation_id = %(conversation)s AND m.seq BETWEEN s.from_seq AND s.to_seq
      AND {not_hidden}
    ORDER BY m.seq {order} LIMIT %(limit)s
) m
{beside}
ORDER BY m.seq {order} LIMIT %(limit)s
"""
NEWEST_FIRST, OLDEST_FIRST = (
    statement(WINDOW, shown=SHOWN, not_hidden=NOT_HIDDEN, beside=BESIDE, order=order)
    for order in ("DESC", "ASC")
)

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

Place = int | datetime


class Around(NamedTuple):
    """Where a page lies: before, after or around a seq or a moment; at the head without any."""

    before: Place | None = None
    after: Place | None = None
    around: Place | None = None


LATEST = Around()


class Page(NamedTuple):
    """Ascending rows; `older` and `newer` are the seqs to go on `before` and `after`."""

    rows: Sequence[Shown]
    older: int | None
    newer: int | None


def history_page(
    *, conversation_id: UUID, viewer_id: UUID, place: Around, limit: int
) -> dict[str, Any]:
    """A page as JSON: `results` (newest last), `next`, `previous`, `rev`, `people`.

    `next` goes on `after` and `previous` goes on `before`, null where nothing is left. `rev` is
    read before the rows: what changes later is among the changes since it. Raises
    ConversationNotFound.
    """
    first_sight = sight_of(conversation_id, viewer_id)
    latest = latest_page(first_sight, limit) if place == LATEST else None
    if latest is not None:
        return latest
    pages: list[Page] = []

    def read(sight: Sight) -> Sequence[Shown]:
        pages.append(_page(sight, place, limit))
        return pages[-1].rows

    sight, rows = look(conversation_id, viewer_id, read, sight=first_sight)
    floors = watermarks_for(viewer_id, [sight], rows).get(str(conversation_id))
    return {
        "results": [own_json(row, floors) for row in rows],
        "next": _cursor(pages[-1].newer),
        "previous": _cursor(pages[-1].older),
        "rev": sight.rev,
        "people": people_in(rows),
    }


def _page(sight: Sight, place: Around, limit: int) -> Page:
    if place.before is not None:
        return _before(sight, _seq_at(sight, place.before), limit)
    if place.after is not None:
        return _after(sight, _seq_after(sight, place.after), limit)
    if place.around is not None:
        return _around(sight, _seq_at(sight, place.around), limit)
    return _before(sight, sight.head + 1, limit)


def _before(sight: Sight, end: int, limit: int) -> Page:
    """The last ones with a seq below `end`."""
    rows = window(sight, 1, end - 1, limit=limit + 1, newest_first=True)
    page = rows[:limit][::-1]
    last = _seq(page[-1]) if page else max(end - 1, 0)
    return Page(
        page,
        older=_seq(page[0]) if len(rows) > limit else None,
        newer=last if sight.head > last else None,
    )


def _after(sight: Sight, start: int, limit: int) -> Page:
    """The first ones with a seq of `start` or above."""
    rows = window(sight, start, sight.head, limit=limit + 1, newest_first=False)
    page = rows[:limit]
    first = _seq(page[0]) if page else start
    return Page(
        page,
        older=first if _begins_before(sight, first) else None,
        newer=_seq(page[-1]) if len(rows) > limit else None,
    )


def _around(sight: Sight, middle: int, limit: int) -> Page:
    """Half of them before `middle`; where one side has less, more of the other."""
    older = window(sight, 1, middle - 1, limit=limit + 1, newest_first=True)
    newer = window(sight, middle, sight.head, limit=limit + 1, newest_first=False)
    take_older = min(len(older), max(limit // 2, limit - len(newer)))
    take_newer = min(len(newer), limit - take_older)
    page = [*older[:take_older][::-1], *newer[:take_newer]]
    return Page(
        page,
        older=_seq(page[0]) if len(older) > take_older else None,
        newer=_seq(page[-1]) if len(newer) > take_newer else None,
    )


def window(sight: Sight, low: int, high: int, *, limit: int, newest_first: bool) -> list[Shown]:
    """What the person sees of [low, high], from one end; nothing that came after the sight."""
    spans = _clip(sight, low, high)
    if not spans:
        return []
    rows = fetch(
        NEWEST_FIRST if newest_first else OLDEST_FIRST,
        {
            "viewer": sight.user_id,
            "conversation": sight.conversation.pk,
            "froms": bigs(span.from_seq for span in spans),
            "tos": bigs(span.to_seq for span in spans),
            "to_revs": bigs(span.to_rev for span in spans),
            "limit": big(limit),
        },
    )
    return [shown(row) for row in rows]


def _clip(sight: Sight, low: int, high: int) -> list[Span]:
    high = min(high, sight.conversation.last_seq)
    clipped = (
        Span(max(span.from_seq, low), min(span.to_seq, high), span.to_rev) for span in sight.spans
    )
    return [span for span in clipped if span.from_seq <= span.to_seq]


def _seq_at(sight: Sight, place: Place) -> int:
    """The seq, or that of the first message at the moment or later."""
    return place if isinstance(place, int) else _search(sight, FIRST_AT, place)


def _seq_after(sight: Sight, place: Place) -> int:
    return place + 1 if isinstance(place, int) else _search(sight, FIRST_AFTER, place)


def _search(sight: Sight, sql: str, moment: datetime) -> int:
    """Among what one may see, so that the answer tells nothing of the rest."""
    low = min((span.from_seq for span in sight.spans), default=1)
    high = max(low, sight.head + 1)
    ((seq,),) = fetch(
        sql,
        {
            "low": big(low),
            "high": big(high),
            "moment": moment,
            "conversation": sight.conversation.pk,
        },
    )
    return int(seq)


def _begins_before(sight: Sight, seq: int) -> bool:
    return any(span.from_seq < seq for span in sight.spans)


def _seq(message: Shown) -> int:
    return message.row["seq"]


def _cursor(seq: int | None) -> str | None:
    return None if seq is None else str(seq)
