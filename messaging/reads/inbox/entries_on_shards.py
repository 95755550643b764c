"""The inbox by entries on a distributed database: a range of an index on the one node that has the
person's entries.

What an entry says of the order is taken as it is, and whether the person is in the conversation is
found out when its node is asked for what is told of it (`on_shards.entry_rows`). Before that,
the nodes are only asked about conversations of which the entry does not say whether they belong on
the page.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.readings import Query, Rows, Steps, query
from chatproject.core.db.statements import big, statement
from messaging.inbox.models import NOT_PINNED
from messaging.reads.inbox.on_shards import keys_of, merged_keys, place_of
from messaging.reads.inbox.statements import INSIDE

# Of more conversations that somebody has just written in, counters know more quickly.
MOST_OWN = 20
_LAST = datetime.max.replace(tzinfo=UTC)


class _Entry(NamedTuple):
    conversation_id: UUID
    pinned: datetime
    active_at: datetime
    is_archived: bool


_RANGE = statement(
    """
    SELECT e.conversation_id, e.pinned, e.active_at, e.is_archived FROM messaging_inboxentry e
    WHERE e.user_id = %(viewer)s AND e.fans_out
      AND (e.pinned, e.active_at, e.conversation_id)
          < (coalesce(%(pinned)s::timestamptz, '{not_pinned}'::timestamptz),
             %(activity)s::timestamptz, %(last)s::uuid)
      AND (%(archived)s::boolean IS DISTINCT FROM true OR e.is_archived)
      AND e.conversation_id <> ALL(%(own)s::uuid[])
    ORDER BY e.pinned DESC, e.active_at DESC, e.conversation_id DESC LIMIT %(limit)s
    """,
    not_pinned=NOT_PINNED.isoformat(),
)
_BY_COUNTERS = """
SELECT e.conversation_id FROM messaging_inboxentry e
WHERE e.user_id = %(viewer)s AND NOT e.fans_out
"""
_THESE = keys_of(
    INSIDE._replace(
        condition=f"{INSIDE.condition} AND c.id = ANY(%(ids)s::uuid[])"
        " AND p.conversation_id = ANY(%(ids)s::uuid[])"
    )
)


def page_rows(
    params: Mapping[str, Any], own: Collection[UUID], is_fresh: str
) -> Steps[Rows | None]:
    """The rows of a page; None where the entries are too old, or `own`, the conversations that the
    person has just written in, are too many. `is_fresh` has a row where they are not too old."""
    if len(own) > MOST_OWN:
        return None
    asked = {**params, "own": list(own)}
    fresh, beside, found = yield [
        Query(is_fresh, {}),
        Query(_BY_COUNTERS, params),
        Query(_RANGE, asked),
    ]
    if not fresh:
        return None
    rows = yield from _by_counters([*own, *(row[0] for row in beside)], params)
    limit = int(params["limit"])
    walked: Rows = []
    while True:
        entries = [_Entry._make(row) for row in found]
        walked += yield from _belonging(entries, params)
        if len(entries) < limit or len(walked) >= limit:
            break
        last = entries[-1]
        place = {"pinned": last.pinned, "activity": last.active_at, "last": last.conversation_id}
        found = yield from query(_RANGE, {**asked, **place})
    return sorted([*rows, *walked], key=place_of, reverse=True)[:limit]


def _belonging(entries: Sequence[_Entry], params: Mapping[str, Any]) -> Steps[Rows]:
    """Those that belong on the page. What is archived may have been brought back by a message."""
    doubtful: set[UUID] = set()
    if params["archived"] is not None:
        doubtful = {entry.conversation_id for entry in entries if entry.is_archived}
    anywhere = {"pinned": _LAST, "activity": _LAST, "last": UUID(int=0)}
    size = {"limit": big(len(doubtful))}
    there = yield from _by_counters(doubtful, {**params, **anywhere, **size})
    doubtful -= {UUID(row[0]) for row in there}
    return [
        (
            str(entry.conversation_id),
            None if entry.pinned == NOT_PINNED else entry.pinned,
            entry.active_at,
        )
        for entry in entries
        if entry.conversation_id not in doubtful
    ]


def _by_counters(ids: Collection[UUID], params: Mapping[str, Any]) -> Steps[Rows]:
    if not ids:
        return []
    merge = partial(merged_keys, len(ids))
    return (yield from query(_THESE, {**params, "ids": list(ids)}, merge=merge))
