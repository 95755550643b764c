"""The pointers of memberships, and every unread count against a COUNT."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import big, bigs, fetch, statement
from conversations.visibility import FOREVER, sql
from messaging.archive.counting import rows_alone
from messaging.archive.rows import PLACE, SENDER, SEQ
from messaging.maintenance.integrity_check import batches
from messaging.maintenance.integrity_check.batches import FIRST, Batch, Rows
from messaging.maintenance.integrity_check.differences import Difference
from messaging.maintenance.integrity_check.on_shards import archived, on_shard
from messaging.maintenance.integrity_check.on_shards import pages as on_shards
from messaging.reads.unread import UNREAD

SENT_BEHIND = PLACE["sent_behind"]


# Counting from each pointer on would walk through the same messages once a member. Instead the
# messages and the ends of all visible stretches stand in one line by seq, on which one running
# count tells how many messages lie before each end. How many rows a batch makes, the planner cannot
# know; a join that walks through all of one side for each of the other would take minutes, so that
# only the laterals may be such, which go by an index.
PERIODS = statement(
    """
    WITH p AS MATERIALIZED (
        SELECT * FROM conversations_participant own
        WHERE {is_open} AND (conversation_id, user_id) > (%(conversation)s, %(user)s)
        ORDER BY conversation_id, user_id LIMIT %(limit)s
    ), stretch AS MATERIALIZED (
        SELECT p.conversation_id, p.user_id, lower(r) AS low, upper(r) AS high
        FROM p JOIN conversations_conversation c ON c.id = p.conversation_id
        CROSS JOIN LATERAL unnest(
            {visible_ranges} * int8multirange(int8range(p.last_read_seq + 1, NULL))) AS r
    ), log AS MATERIALIZED (
        SELECT m.conversation_id, m.seq, m.sender_id, {counts} AS counts, m.sent_behind
        FROM (SELECT conversation_id, min(last_read_seq) AS read FROM p GROUP BY conversation_id) f
        CROSS JOIN LATERAL (
            SELECT * FROM messaging_message
            WHERE conversation_id = f.conversation_id AND seq > f.read AND kind <> 'system'
            OFFSET 0) m
        UNION ALL
        SELECT a.conversation_id, a.seq, a.sender_id, true, a.sent_behind
        FROM unnest(%(in_files)s::uuid[], %(seqs)s::bigint[], %(senders)s::uuid[],
                    %(behind)s::boolean[]) AS a(conversation_id, seq, sender_id, sent_behind)
    ), line AS (
        SELECT conversation_id, NULL::uuid AS user_id, 0 AS sign, seq AS at, 1 AS number
        FROM log WHERE counts
        UNION ALL SELECT conversation_id, user_id, -1, low, 0 FROM stretch
        UNION ALL SELECT conversation_id, user_id, 1, coalesce(high, {forever}), 0 FROM stretch
    ), whole AS (
        SELECT conversation_id, user_id, sum(sign * before)::bigint AS number
        FROM (SELECT *, sum(number) OVER (
                  PARTITION BY conversation_id ORDER BY at, number
                  ROWS UNBOUNDED PRECEDING) AS before FROM line) l
        WHERE sign <> 0 GROUP BY conversation_id, user_id
    ), own AS (
        SELECT s.conversation_id, s.user_id, count(*) AS number
        FROM stretch s JOIN log m ON m.conversation_id = s.conversation_id
            AND m.sender_id = s.user_id AND m.seq >= s.low AND (s.high IS NULL OR m.seq < s.high)
        WHERE m.counts GROUP BY s.conversation_id, s.user_id
    ), hidden AS (
        SELECT s.conversation_id, s.user_id, count(*) AS number
        FROM stretch s JOIN messaging_hide h ON h.conversation_id = s.conversation_id
            AND h.user_id = s.user_id AND h.seq >= s.low AND (s.high IS NULL OR h.seq < s.high)
        JOIN log m ON m.conversation_id = h.conversation_id AND m.seq = h.seq
        WHERE m.counts AND {by_others}
        GROUP BY s.conversation_id, s.user_id
    ), unmarked AS (
        SELECT p.conversation_id, p.user_id, count(*) AS number
        FROM p JOIN log m ON m.conversation_id = p.conversation_id AND m.sender_id = p.user_id
            AND m.seq > p.last_read_seq
        WHERE NOT m.sent_behind GROUP BY p.conversation_id, p.user_id
    )
    SELECT p.conversation_id, p.user_id, p.last_read_seq, p.last_delivered_seq,
           p.from_seq - 1, c.last_seq, {unread},
           coalesce(whole.number, 0) - coalesce(own.number, 0) - coalesce(hidden.number, 0),
           coalesce(unmarked.number, 0)
    FROM p
    JOIN conversations_conversation c ON c.id = p.conversation_id
    CROSS JOIN LATERAL (
        SELECT p.conversation_id, p.user_id, {low} AS low, {high} AS high OFFSET 0) s
    LEFT JOIN whole ON (whole.conversation_id, whole.user_id) = (p.conversation_id, p.user_id)
    LEFT JOIN own ON (own.conversation_id, own.user_id) = (p.conversation_id, p.user_id)
    LEFT JOIN hidden ON (hidden.conversation_id, hidden.user_id) = (p.conversation_id, p.user_id)
    LEFT JOIN unmarked
        ON (unmarked.conversation_id, unmarked.user_id) = (p.conversation_id, p.user_id)
    ORDER BY p.conversation_id, p.user_id
    """,
    unread=UNREAD,
    is_open=sql.is_open("own"),
    visible_ranges=sql.visible_ranges(),
    counts=sql.counts_as_unread(),
    by_others=sql.by_others("s.user_id"),
    low=sql.unread_after(),
    high=sql.unread_up_to(),
    forever=str(FOREVER),
)


UNREAD_ARCHIVES = statement(
    """
    SELECT p.conversation_id, min(p.last_read_seq) FROM (
        SELECT * FROM conversations_participant own
        WHERE {is_open} AND (conversation_id, user_id) > (%(conversation)s, %(user)s)
        ORDER BY conversation_id, user_id LIMIT %(limit)s) p
    JOIN conversations_conversation c
      ON c.id = p.conversation_id AND c.archived_seq > p.last_read_seq
    GROUP BY p.conversation_id
    """,
    is_open=sql.is_open("own"),
)
_UNREAD_ARCHIVE = on_shard(UNREAD_ARCHIVES)


def check_periods(after: UUID = FIRST) -> Iterator[Batch]:
    """The pointers of every open period, of conversations from `after` on, and its unread count
    against a COUNT."""
    whole = on_shards(PERIODS, after, _in_files_of) if is_distributed() else _periods(after)
    for rows in whole:
        yield Batch(len(rows), [found for row in rows for found in _period(*row)])


def _periods(after: UUID) -> Iterator[Rows]:
    conversation_id, user_id = after, FIRST
    while rows := _next_periods(conversation_id, user_id):
        yield rows
        conversation_id, user_id = rows[-1][:2]


def _next_periods(conversation_id: UUID, user_id: UUID) -> list[tuple[Any, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        asked = {"conversation": conversation_id, "user": user_id, "limit": big(batches.SIZE)}
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        in_files = _unread_in_files(fetch(UNREAD_ARCHIVES, asked))
        cursor.execute("SET LOCAL enable_nestloop = off")
        return fetch(PERIODS, {**asked, **in_files})


def _in_files_of(ids: Sequence[UUID]) -> dict[UUID, dict[str, list[Any]]]:
    """The parameters of PERIODS for each of the conversations on a distributed database."""
    having = set(archived(ids))
    return {
        each: _unread_in_files(
            fetch(_UNREAD_ARCHIVE, {"conversation": each}) if each in having else []
        )
        for each in ids
    }


def _unread_in_files(archives: Sequence[tuple[UUID, int]]) -> dict[str, list[Any]]:
    """The messages that are in files alone behind the seqs of the archives, which somebody has not
    read; as parameters of PERIODS."""
    in_files: list[UUID] = []
    seqs: list[Any] = []
    senders: list[UUID | None] = []
    behind: list[bool] = []
    for conversation_id, read in archives:
        for rows in rows_alone(conversation_id, after=read):
            in_files += [conversation_id] * len(rows)
            seqs += bigs(row[SEQ] for row in rows)
            senders += [UUID(bytes=row[SENDER]) if row[SENDER] else None for row in rows]
            behind += [row[SENT_BEHIND] for row in rows]
    return {"in_files": in_files, "seqs": seqs, "senders": senders, "behind": behind}


def _period(
    conversation_id: UUID,
    user_id: UUID,
    read: int,
    delivered: int,
    floor: int,
    head: int,
    *counts: int,
) -> Iterator[Difference]:
    unread, counted, unmarked = counts
    if not min(floor, head) <= read <= head:
        yield Difference(
            "last_read_seq", conversation_id, user_id, read, _within(read, floor, head)
        )
    if delivered > head:
        yield Difference("last_delivered_seq", conversation_id, user_id, delivered, head)
    if unmarked:
        yield Difference("sent_behind", conversation_id, user_id, 0, unmarked)
    if unread != counted:
        yield Difference("unread", conversation_id, user_id, unread, counted)


def _within(pointer: int, floor: int, head: int) -> int:
    return min(max(pointer, floor), head)
