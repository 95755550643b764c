"""The cursors of a follower, such as search or the relay: how far it has got in each log.

The log is the outbox: a follower reads what has changed since its cursor, and nothing is added to a
send. A follower has a table of its own with a row a conversation, of which this knows the columns
`conversation_id` and `rev`.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import big, bigs, fetch, statement

_LOCK = """
SELECT conversation_id FROM {table}
WHERE conversation_id = ANY(%(ids)s::uuid[])
ORDER BY conversation_id FOR UPDATE {skip}
"""
_MOVE = """
UPDATE {table} s SET rev = m.rev
FROM unnest(%(ids)s::uuid[], %(revs)s::bigint[]) AS m(id, rev) WHERE s.conversation_id = m.id
RETURNING 1
"""
_BEHIND_AFTER = """
SELECT c.id, c.last_rev <> coalesce(s.rev, 0) FROM (
    SELECT id, last_rev FROM conversations_conversation
    WHERE id > %(after)s ORDER BY id LIMIT %(limit)s) c
LEFT JOIN {table} s ON s.conversation_id = c.id
ORDER BY c.id
"""
# The same as the shards answer it without telling of what is not behind.
_BEHIND_ON_SHARDS = """
SELECT c.id FROM conversations_conversation c LEFT JOIN {table} s ON s.conversation_id = c.id
WHERE c.id > %(after)s AND c.last_rev <> coalesce(s.rev, 0) ORDER BY c.id LIMIT %(limit)s
"""
# A log that was begun anew (after a restore) is behind its cursor, and read from its beginning.
_LAG = """
SELECT count(*), coalesce(sum(CASE WHEN s.rev > c.last_rev THEN c.last_rev
                                   ELSE c.last_rev - coalesce(s.rev, 0) END), 0)
FROM conversations_conversation c LEFT JOIN {table} s ON s.conversation_id = c.id
WHERE c.last_rev <> coalesce(s.rev, 0)
"""


class LogCursors:
    """The cursors in one table, whose name is a constant of the follower."""

    def __init__(self, table: str) -> None:
        self._lock = {
            waits: statement(_LOCK, table=table, skip="" if waits else "SKIP LOCKED")
            for waits in (True, False)
        }
        self._move = statement(_MOVE, table=table)
        self._behind_after = statement(_BEHIND_AFTER, table=table)
        self._behind_on_shards = statement(_BEHIND_ON_SHARDS, table=table)
        self._lag = statement(_LAG, table=table)

    def lock(self, ids: Collection[UUID], *, waits: bool) -> list[UUID]:
        """Locks the cursors until the transaction ends; without `waits` those that nobody holds."""
        if is_distributed():  # which locks rows of one node at a time
            return [it for one in sorted(ids) for it in self._locked([one], waits=waits)]
        return self._locked(list(ids), waits=waits)

    def _locked(self, ids: list[UUID], *, waits: bool) -> list[UUID]:
        return [row[0] for row in fetch(self._lock[waits], {"ids": ids})]

    def move(self, revs: Mapping[UUID, int]) -> None:
        fetch(self._move, {"ids": list(revs), "revs": bigs(revs.values())})

    def behind_after(self, conversation_id: UUID, limit: int) -> tuple[list[UUID], UUID | None]:
        """Of the next `limit` conversations by id those whose cursor is not at the head; and the
        last id, None at the end. Asks for nothing of the log."""
        if is_distributed():
            asked = {"after": conversation_id, "limit": big(limit)}
            ids = [row[0] for row in fetch(self._behind_on_shards, asked)]
            return ids, ids[-1] if len(ids) == limit else None
        rows = fetch(self._behind_after, {"after": conversation_id, "limit": big(limit)})
        last = rows[-1][0] if len(rows) == limit else None
        return [row[0] for row in rows if row[1]], last

    def lag(self) -> tuple[int, int]:
        """How many conversations have more than their cursors, and how many changes that are."""
        conversations, changes = fetch(self._lag, {})[0]
        return conversations, int(changes)


SEARCH_CURSORS = LogCursors("messaging_searchcursor")
RELAY_CURSORS = LogCursors("messaging_relaycursor")
