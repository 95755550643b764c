"""Filling the index by rev: what has changed since a conversation's cursor, right after the commit.

The cursor moves in the transaction that writes the entries, under its lock; who finds it locked
leaves the conversation to whoever holds it. So any number of indexers may be told of the same.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from chatproject.core.db.statements import fetch, statement
from messaging.log_cursors import SEARCH_CURSORS
from messaging.search.contract import SearchIndex
from messaging.search.entries import LogRow, entries_of, read_changed, read_stretch
from messaging.search.indexes import search_index
from messaging.search.models import TEXT_VERSION, SearchCursor

BATCH = 500  # messages of a transaction
TOGETHER = 200  # conversations of a transaction

BEGIN = """
INSERT INTO messaging_searchcursor (conversation_id, rev, version, rebuilt_seq)
SELECT id, 0, %(version)s, 0 FROM unnest(%(ids)s::uuid[]) AS w(id) ORDER BY id
ON CONFLICT DO NOTHING
"""
# Heads are read in a statement of their own, after the lock.
HEADS = statement(
    """
    SELECT s.conversation_id, s.rev, coalesce(c.last_rev, 0) FROM messaging_searchcursor s
    LEFT JOIN conversations_conversation c ON c.id = s.conversation_id
    WHERE s.conversation_id = ANY(%(ids)s::uuid[]) ORDER BY s.conversation_id
    """
)


class Progress(NamedTuple):
    """`messages` were looked at; `behind` are the conversations that have more."""

    messages: int
    behind: list[UUID]


def index_conversations(ids: Iterable[UUID]) -> Progress:
    """Brings the index up to the logs' heads, or a batch nearer to them."""
    messages, behind = 0, []
    wanted = sorted(ids)
    for start in range(0, len(wanted), TOGETHER):
        done = _index_some(wanted[start : start + TOGETHER])
        messages += done.messages
        behind += done.behind
    return Progress(messages, behind)


def index_up_to_heads(ids: Iterable[UUID]) -> None:
    """Returns when the index holds what the logs held at the call, and no more: what was erased is
    then gone from it. Waits for whoever else indexes. Raises SearchAway."""
    wanted = sorted(ids)
    for start in range(0, len(wanted), TOGETHER):
        behind = wanted[start : start + TOGETHER]
        while behind:
            behind = _index_some(behind, waits=True).behind


def rebuild_stretch(conversation_id: UUID, limit: int) -> int | None:
    """Makes the entries of the next `limit` messages anew; how many there were, None at the end.

    What is sent meanwhile is indexed as ever.
    """
    with transaction.atomic():
        _begin([conversation_id])
        cursor = SearchCursor.objects.select_for_update().get(pk=conversation_id)
        after, index = cursor.rebuilt_seq, search_index()
        rows = read_stretch(conversation_id, after, limit)
        up_to = rows[-1].seq if len(rows) == limit else 2**62
        seqs = {entry.seq for entry in index.stored(conversation_id, after, up_to)}
        seqs |= {row.seq for row in rows}
        entries = [entry for row in rows for entry in entries_of(row)]
        index.write(entries, [(conversation_id, seq) for seq in sorted(seqs)])
        cursor.rebuilt_seq = up_to
        if len(rows) < limit:
            cursor.version, cursor.rebuilt_seq = TEXT_VERSION, 0
        cursor.save(update_fields=["version", "rebuilt_seq"])
    return len(rows) if len(rows) == limit else None


@transaction.atomic
def _index_some(ids: Sequence[UUID], *, waits: bool = False) -> Progress:
    _begin(ids)
    mine = SEARCH_CURSORS.lock(ids, waits=waits)
    heads = [_settled(*row) for row in fetch(HEADS, {"ids": mine})]
    lagging = [head for head in heads if head[1] != head[2]]
    if not lagging:
        return Progress(0, [])
    places, revs, ends = (list(column) for column in zip(*lagging, strict=True))
    share = max(1, BATCH // len(lagging))
    rows = read_changed(places, revs, ends, share)
    if rows:
        _write(search_index(), rows)
    moved, behind = _moved(lagging, rows, share)
    SEARCH_CURSORS.move(moved)
    return Progress(len(rows), behind)


def _begin(ids: Sequence[UUID]) -> None:
    fetch(BEGIN + " RETURNING 1", {"ids": list(ids), "version": TEXT_VERSION})


def _settled(conversation_id: UUID, rev: int, head: int) -> tuple[UUID, int, int]:
    """A log that was begun anew, or is gone, is indexed from its beginning."""
    if rev <= head:
        return conversation_id, rev, head
    search_index().forget(conversation_id)
    return conversation_id, -1, head


def _moved(
    lagging: Sequence[tuple[UUID, int, int]], rows: Sequence[LogRow], share: int
) -> tuple[dict[UUID, int], list[UUID]]:
    """Where each cursor stands now, and whose log goes on."""
    counts: dict[UUID, int] = {}
    last: dict[UUID, int] = {}
    for row in rows:
        counts[row.conversation_id] = counts.get(row.conversation_id, 0) + 1
        last[row.conversation_id] = row.rev
    behind = [
        place for place, _, head in lagging if counts.get(place) == share and last[place] < head
    ]
    moved = {place: head for place, _, head in lagging} | {place: last[place] for place in behind}
    return moved, behind


def _write(index: SearchIndex, rows: Sequence[LogRow]) -> None:
    entries = [entry for row in rows for entry in entries_of(row)]
    index.write(entries, [(row.conversation_id, row.seq) for row in rows])
