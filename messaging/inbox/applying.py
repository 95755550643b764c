"""Brings the entries of conversations up to their heads: in batches, each one transaction.

Nothing here keeps anybody waiting: rows that others hold are left for the next time, and what was
locked is held for some milliseconds.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, connection, transaction

from chatproject.core.db.distributed import distribution
from chatproject.core.db.statements import big, fetch, send, statement
from conversations.visibility import sql
from messaging.inbox import shards
from messaging.inbox.columns import ACTIVE_AT, IS_ARCHIVED, PINNED
from messaging.inbox.links import OF_DJANGO
from messaging.reads.shards import by_shard
from messaging.reads.shards import of_one_shard as on_shard
from messaging.relay.parts import WHOLE, Part

FIRST = UUID(int=0)
TOGETHER = 200  # conversations of one transaction
FEW = 20  # of those whose entries are written for the first time, whose members are locked
# Far below PostgreSQL's deadlock_timeout: whoever waits for us and we for them, we give up.
LOCK_TIMEOUT_MS = 100

_BEHIND_AFTER = """
SELECT c.id, s.rev IS DISTINCT FROM c.last_rev FROM (
    SELECT id, last_rev FROM conversations_conversation
    WHERE id > %(after)s ORDER BY id LIMIT %(limit)s) c
LEFT JOIN messaging_inboxcursor s ON s.conversation_id = c.id
ORDER BY c.id
"""
# The same as the shards answer it without telling of what is not behind.
BEHIND_ON_SHARDS = """
SELECT c.id FROM conversations_conversation c
LEFT JOIN messaging_inboxcursor s ON s.conversation_id = c.id
WHERE c.id > %(after)s AND s.rev IS DISTINCT FROM c.last_rev ORDER BY c.id LIMIT %(limit)s
"""
_KNOWN = """
SELECT conversation_id FROM messaging_inboxcursor
WHERE conversation_id = ANY(ARRAY(SELECT unnest(%(ids)s::uuid[])))
"""
_LOCK_KNOWN = f"{_KNOWN} ORDER BY conversation_id FOR NO KEY UPDATE SKIP LOCKED"
LOCK_KNOWN_ON_SHARD = on_shard(_LOCK_KNOWN)

# A change of mode, when a conversation has grown or shrunk over the limit, writes all entries; as
# long as it does not fan out, none.
_WRITE = statement(
    """
    WITH c AS (
        SELECT c.id, c.last_rev, {active_at} AS active_at, s.rev, s.fans_out AS was_fanning_out,
               c.member_count <= %(members)s AS fans_out
        FROM unnest(%(ids)s::uuid[]) AS w(id)
        JOIN conversations_conversation c ON c.id = w.id
        JOIN messaging_inboxcursor s ON s.conversation_id = c.id
    ), written AS (
        UPDATE messaging_inboxentry e SET active_at = c.active_at, fans_out = c.fans_out
        FROM c JOIN conversations_participant p ON p.conversation_id = c.id
        WHERE {is_open} AND (c.fans_out OR c.was_fanning_out)
          AND e.user_id = p.user_id AND e.conversation_id = p.conversation_id
          AND (e.active_at, e.fans_out) <> (c.active_at, c.fans_out)
        RETURNING 1
    ), moved AS (
        UPDATE messaging_inboxcursor s SET rev = c.last_rev, fans_out = c.fans_out
        FROM c WHERE s.conversation_id = c.id
    )
    SELECT (SELECT count(*) FROM written),
           coalesce((SELECT sum(greatest(last_rev - rev - 1, 0)) FROM c), 0)::bigint
    """,
    active_at=ACTIVE_AT,
    is_open=sql.is_open(),
)

_LOCK_NEW = """
SELECT id FROM conversations_conversation
WHERE id = ANY(ARRAY(SELECT unnest(%(ids)s::uuid[]))) ORDER BY id FOR SHARE SKIP LOCKED
"""
LOCK_NEW_ON_SHARD = on_shard(_LOCK_NEW)
_LOCK_MEMBERS = statement(
    """
    SELECT count(*) FROM (
        SELECT FROM conversations_participant p
        WHERE p.conversation_id = ANY(ARRAY(SELECT unnest(%(ids)s::uuid[]))) AND {is_open}
        ORDER BY p.conversation_id, p.id FOR SHARE) p
    """,
    is_open=sql.is_open(),
)
# Who was erased has no inbox any more, and stays in their direct conversations.
NOT_ERASED = "NOT EXISTS (SELECT FROM messaging_erasedperson x WHERE x.user_id = p.user_id)"
_WRITE_NEW = statement(
    """
    WITH c AS (
        SELECT c.id, c.last_rev, {active_at} AS active_at, c.member_count <= %(members)s AS fans_out
        FROM unnest(%(ids)s::uuid[]) AS w(id) JOIN conversations_conversation c ON c.id = w.id
    ), written AS (
        INSERT INTO messaging_inboxentry
            (user_id, conversation_id, pinned, active_at, is_archived, fans_out)
        SELECT p.user_id, c.id, {pinned}, c.active_at, {is_archived}, c.fans_out
        FROM c JOIN conversations_participant p ON p.conversation_id = c.id
        WHERE {is_open} AND {not_erased}
        ORDER BY c.id, p.user_id
        ON CONFLICT (user_id, conversation_id) DO UPDATE
        SET pinned = excluded.pinned, active_at = excluded.active_at,
            is_archived = excluded.is_archived, fans_out = excluded.fans_out
        RETURNING 1
    ), moved AS (
        INSERT INTO messaging_inboxcursor (conversation_id, rev, fans_out)
        SELECT id, last_rev, fans_out FROM c
        ON CONFLICT (conversation_id) DO UPDATE
        SET rev = excluded.rev, fans_out = excluded.fans_out
    )
    SELECT count(*) FROM written
    """,
    active_at=ACTIVE_AT,
    pinned=PINNED,
    is_archived=IS_ARCHIVED,
    is_open=sql.is_open(),
    not_erased=NOT_ERASED,
)

_NOTE = """
INSERT INTO messaging_inboxstate AS s (id, parts, applied_at, written, coalesced)
VALUES (%(number)s, %(parts)s, %(applied_at)s, %(written)s, %(coalesced)s)
ON CONFLICT (id) DO UPDATE
SET applied_at = coalesce(excluded.applied_at,
                          CASE WHEN s.parts = excluded.parts THEN s.applied_at END),
    parts = excluded.parts,
    written = s.written + excluded.written, coalesced = s.coalesced + excluded.coalesced
"""


class Applied(NamedTuple):
    """How many entries were written, how many changes were written together with a later one, and
    the conversations that were held by others."""

    written: int
    coalesced: int
    left: list[UUID]


def behind_after(conversation_id: UUID, limit: int) -> tuple[list[UUID], UUID | None]:
    """See LogCursors.behind_after; a conversation without a cursor is behind, too."""
    if distribution.is_distributed():
        rows = fetch(BEHIND_ON_SHARDS, {"after": conversation_id, "limit": big(limit)})
        ids = [row[0] for row in rows]
        return ids, ids[-1] if len(ids) == limit else None
    rows = fetch(_BEHIND_AFTER, {"after": conversation_id, "limit": big(limit)})
    last = rows[-1][0] if len(rows) == limit else None
    return [row[0] for row in rows if row[1]], last


def apply_changes(ids: Sequence[UUID]) -> Applied:
    """Writes the entries of these conversations as they stand now. No transaction may be open."""
    known = {row[0] for row in fetch(_KNOWN, {"ids": list(ids)})}
    steps: list[tuple[Callable[[list[UUID]], Applied], list[UUID]]] = [
        *((_apply_known, part) for part in parts([it for it in ids if it in known], TOGETHER)),
        *((_apply_new, part) for part in parts([it for it in ids if it not in known], FEW)),
    ]
    written, coalesced = 0, 0
    left: list[UUID] = []
    for apply, part in steps:
        try:
            with transaction.atomic():
                done = _bounded(apply, part)
        except OperationalError as error:
            if not _is_held(error):
                raise
            # All but the one that is held.
            done = _one_by_one(part) if len(part) > 1 else Applied(0, 0, part)
        written, coalesced = written + done.written, coalesced + done.coalesced
        left += done.left
    return Applied(written, coalesced, left)


def rewrite(ids: Sequence[UUID]) -> int:
    """Writes all entries of these conversations, whatever they hold; returns how many.

    The caller's transaction has locked the conversations, so that nobody joins or leaves. On a
    distributed database they are of one shard.
    """
    if distribution.is_distributed():
        return shards.rewrite(OF_DJANGO, ids, settings.INBOX_MEMBERS)
    fetch(_LOCK_MEMBERS, {"ids": list(ids)})
    values = {"ids": list(ids), "members": big(settings.INBOX_MEMBERS)}
    written: int = fetch(_WRITE_NEW, values)[0][0]
    return written


def note_applied(applied: Applied, applied_at: datetime | None, part: Part = WHOLE) -> None:
    """Adds up what was written; `applied_at`, unless it is None, is where entries of the part
    stand now."""
    values = {
        "number": big(part.number + 1),
        "parts": big(part.of),
        "applied_at": applied_at,
        "written": big(applied.written),
        "coalesced": big(applied.coalesced),
    }
    send(_NOTE, values)


def database_clock() -> datetime:
    now: datetime = fetch("SELECT statement_timestamp()", {})[0][0]
    return now


def _one_by_one(ids: Sequence[UUID]) -> Applied:
    done = [apply_changes([each]) for each in ids]
    left = [each for one in done for each in one.left]
    return Applied(sum(one.written for one in done), sum(one.coalesced for one in done), left)


def _bounded(apply: Callable[[list[UUID]], Applied], ids: list[UUID]) -> Applied:
    with connection.cursor() as cursor:
        if distribution.is_distributed():  # what follows is set on the nodes, too
            cursor.execute("SET LOCAL citus.propagate_set_commands = 'local'")
        cursor.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
        # What a crash of PostgreSQL takes back, it takes back together with the cursors.
        cursor.execute("SET LOCAL synchronous_commit = off")
    return apply(ids)


def _apply_known(ids: list[UUID]) -> Applied:
    if distribution.is_distributed():
        free = [row[0] for row in fetch(LOCK_KNOWN_ON_SHARD, {"ids": ids})]
        heads = shards.heads_of(OF_DJANGO, free, settings.INBOX_MEMBERS)
        written, coalesced = shards.write(OF_DJANGO, heads)
    else:
        free = [row[0] for row in fetch(_LOCK_KNOWN, {"ids": ids})]
        values = {"ids": free, "members": big(settings.INBOX_MEMBERS)}
        ((written, coalesced),) = fetch(_WRITE, values)
    return Applied(written, coalesced, _without(ids, free))


def _apply_new(ids: list[UUID]) -> Applied:
    """Under the locks of all from whose actions entries follow."""
    lock = LOCK_NEW_ON_SHARD if distribution.is_distributed() else _LOCK_NEW
    free = [row[0] for row in fetch(lock, {"ids": ids})]
    return Applied(rewrite(free), 0, _without(ids, free))


def _without(ids: Sequence[UUID], done: Sequence[UUID]) -> list[UUID]:
    taken = set(done)
    return [each for each in ids if each not in taken]


def parts(ids: Sequence[UUID], size: int) -> Iterator[list[UUID]]:
    """Those of one transaction, which on a distributed database are of one shard."""
    for group in by_shard(ids) if distribution.is_distributed() else [ids]:
        for start in range(0, len(group), size):
            yield list(group[start : start + size])


def _is_held(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in ("55P03", "40P01")
