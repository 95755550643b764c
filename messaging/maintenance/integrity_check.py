"""Proof that the counters tell what the rows hold: every unread count against a COUNT.

Each batch is one statement, and so one snapshot: the system may be in use meanwhile.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from chatproject.core.db.distribution import is_distributed
from chatproject.core.db.statements import big, bigs, fetch, statement
from chatproject.core.times import rfc3339
from conversations.visibility import FOREVER, sql
from messaging.archive.counting import IN_FILES_ALONE, rows_alone
from messaging.archive.rows import PLACE, SENDER, SEQ
from messaging.maintenance.integrity_on_shards import archived, on_shard
from messaging.maintenance.integrity_on_shards import pages as on_shards
from messaging.reads.thread_rows import unread_replies
from messaging.reads.unread import UNREAD
from messaging.thread_counts import COUNTED

BATCH = 2000
SENT_BEHIND = PLACE["sent_behind"]
FIRST = UUID(int=0)


class Difference(NamedTuple):
    """`stored` is what a counter says, `actual` what the rows do; `user_id` None for a head."""

    what: str
    conversation_id: UUID
    user_id: UUID | None
    stored: Any
    actual: Any

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "conversationId": str(self.conversation_id),
            "userId": self.user_id and str(self.user_id),
            "stored": _plain(self.stored),
            "actual": _plain(self.actual),
        }


class Batch(NamedTuple):
    """How many rows were looked at, and what was wrong with them."""

    looked_at: int
    differences: Sequence[Difference]


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

HEADS = f"""
SELECT c.id, log.number + {IN_FILES_ALONE}, c.last_seq, log.last_seq, c.last_rev, log.last_rev,
       c.last_at, newest.created_at, c.last_message_at, said.created_at,
       c.member_count, inside.number
FROM (SELECT * FROM conversations_conversation WHERE id > %(after)s ORDER BY id LIMIT %(limit)s) c
CROSS JOIN LATERAL (
    SELECT count(*) AS number, coalesce(max(seq), 0) AS last_seq, coalesce(max(rev), 0) AS last_rev
    FROM messaging_message WHERE conversation_id = c.id) log
LEFT JOIN messaging_message newest
    ON newest.conversation_id = c.id AND newest.seq = log.last_seq
LEFT JOIN LATERAL (
    SELECT created_at FROM messaging_message
    WHERE conversation_id = c.id AND kind <> 'system' AND NOT thread_only
    ORDER BY seq DESC LIMIT 1) said ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM conversations_participant
    WHERE conversation_id = c.id AND left_at IS NULL) inside
ORDER BY c.id
"""  # noqa: S608 (constants)

# What is stored of each thread, and what its replies come to; NULL where there is no such row.
THREADS = f"""
WITH wanted AS MATERIALIZED (
    SELECT DISTINCT conversation_id, seq FROM (
        SELECT conversation_id, seq FROM messaging_thread
        UNION ALL
        SELECT conversation_id, thread_seq FROM messaging_message WHERE thread_seq IS NOT NULL) t
    WHERE (conversation_id, seq) > (%(conversation)s, %(seq)s)
    ORDER BY conversation_id, seq LIMIT %(limit)s
)
SELECT w.conversation_id, w.seq, t.reply_count, c.reply_count, t.last_seq, c.last_seq,
       t.last_at, c.last_at, t.participant_ids::text[], c.participant_ids::text[]
FROM wanted w
LEFT JOIN messaging_thread t ON t.conversation_id = w.conversation_id AND t.seq = w.seq
LEFT JOIN ({COUNTED}) c ON c.conversation_id = w.conversation_id AND c.seq = w.seq
ORDER BY w.conversation_id, w.seq
"""  # noqa: S608 (constants)

# Followers who are in, and their unread replies: as they are told, and by the visible ranges.
FOLLOWERS = statement(
    """
    SELECT f.id, f.conversation_id, f.user_id,
           CASE WHEN t.last_seq > f.last_read_seq THEN ({unread}) ELSE 0 END,
           (SELECT count(*) FROM messaging_message r
            WHERE r.conversation_id = f.conversation_id AND r.thread_seq = f.seq
              AND r.deleted_at IS NULL AND r.sender_id IS DISTINCT FROM f.user_id
              AND r.seq > f.last_read_seq AND {visible_ranges} @> r.seq
              AND r.seq NOT IN (
                  SELECT h.seq FROM messaging_hide h
                  WHERE h.conversation_id = f.conversation_id AND h.user_id = f.user_id))
    FROM messaging_threadfollower f
    JOIN messaging_thread t ON t.conversation_id = f.conversation_id AND t.seq = f.seq
    JOIN conversations_conversation c ON c.id = f.conversation_id
    JOIN conversations_participant p
      ON p.conversation_id = f.conversation_id AND p.user_id = f.user_id AND {is_open}
    WHERE f.is_following AND f.id > %(after)s
    ORDER BY f.id LIMIT %(limit)s
    """,
    unread=unread_replies("f.conversation_id", "f.user_id"),
    visible_ranges=sql.visible_ranges(),
    is_open=sql.is_open(),
)


# Votes that no poll can have: for a choice that it lacks, of a deleted message, more than one where
# one is taken, or from after the end. Told by the poll, with how many of its votes are sound.
POLLS = """
SELECT w.conversation_id, w.seq,
       (SELECT count(*) FROM messaging_pollvote v
        WHERE v.conversation_id = w.conversation_id AND v.seq = w.seq AND v.removed_rev IS NULL),
       (SELECT count(*) FROM (
            SELECT v.user_id, v.choice, v.rev, v.created_at,
                   row_number() OVER (PARTITION BY v.user_id ORDER BY v.id) AS place
            FROM messaging_pollvote v
            WHERE v.conversation_id = w.conversation_id AND v.seq = w.seq
              AND v.removed_rev IS NULL) v
        WHERE m.deleted_at IS NULL
          AND v.choice BETWEEN 0 AND jsonb_array_length(m.meta->'poll'->'choices') - 1
          AND ((m.meta->'poll'->>'several')::boolean OR v.place = 1)
          AND v.rev <= coalesce((m.meta->'poll'->>'closedRev')::bigint, v.rev)
          AND v.created_at < coalesce((m.meta->'poll'->>'closesAt')::timestamptz, 'infinity'))
FROM (SELECT DISTINCT conversation_id, seq FROM messaging_pollvote
      WHERE (conversation_id, seq) > (%(conversation)s, %(seq)s)
      ORDER BY conversation_id, seq LIMIT %(limit)s) w
LEFT JOIN messaging_message m ON m.conversation_id = w.conversation_id AND m.seq = w.seq
ORDER BY w.conversation_id, w.seq
"""


def check_polls() -> Iterator[Batch]:
    """The votes of every poll against what the poll takes."""
    for rows in _pages(POLLS):
        yield Batch(
            len(rows),
            [
                Difference("poll.votes", conversation_id, None, stored, sound)
                for conversation_id, _, stored, sound in rows
                if stored != sound
            ],
        )


def check_threads() -> Iterator[Batch]:
    """What is stored of every thread against its replies."""
    for rows in _pages(THREADS):
        yield Batch(len(rows), [found for row in rows for found in _thread(*row)])


def check_followers() -> Iterator[Batch]:
    """Every follower's unread replies against a COUNT."""
    for rows in on_shards(FOLLOWERS, FIRST) if is_distributed() else _followers():
        yield Batch(
            len(rows),
            [
                Difference("thread.unread", conversation_id, user_id, told, counted)
                for _, conversation_id, user_id, told, counted in rows
                if told != counted
            ],
        )


def check_heads(after: UUID = FIRST) -> Iterator[Batch]:
    """The counters of every conversation behind `after` against its log and its periods."""
    for rows in on_shards(HEADS, after) if is_distributed() else _heads(after):
        yield Batch(len(rows), [found for row in rows for found in _head(*row)])


def check_periods(after: UUID = FIRST) -> Iterator[Batch]:
    """The pointers of every open period, of conversations from `after` on, and its unread count
    against a COUNT."""
    whole = on_shards(PERIODS, after, _in_files_of) if is_distributed() else _periods(after)
    for rows in whole:
        yield Batch(len(rows), [found for row in rows for found in _period(*row)])


Rows = list[tuple[Any, ...]]


def _pages(text: str) -> Iterator[Rows]:
    """Of a statement whose rows begin with a conversation and a seq, by which it goes on."""
    if is_distributed():
        yield from on_shards(text, FIRST)
        return
    place: tuple[UUID, int] = (FIRST, 0)
    while rows := fetch(
        text, {"conversation": place[0], "seq": big(place[1]), "limit": big(BATCH)}
    ):
        yield rows
        place = rows[-1][:2]


def _followers() -> Iterator[Rows]:
    after = 0
    while rows := fetch(FOLLOWERS, {"after": big(after), "limit": big(BATCH)}):
        yield rows
        after = rows[-1][0]


def _heads(after: UUID) -> Iterator[Rows]:
    while rows := fetch(HEADS, {"after": after, "limit": big(BATCH)}):
        yield rows
        after = rows[-1][0]


def _periods(after: UUID) -> Iterator[Rows]:
    conversation_id, user_id = after, FIRST
    while rows := _next_periods(conversation_id, user_id):
        yield rows
        conversation_id, user_id = rows[-1][:2]


def _next_periods(conversation_id: UUID, user_id: UUID) -> list[tuple[Any, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        asked = {"conversation": conversation_id, "user": user_id, "limit": big(BATCH)}
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


def _thread(conversation_id: UUID, _seq: int, *values: Any) -> Iterator[Difference]:
    names = ("reply_count", "last_seq", "last_at", "participant_ids")
    for name, stored, actual in zip(names, values[::2], values[1::2], strict=True):
        if stored != actual:
            yield Difference(f"thread.{name}", conversation_id, None, stored, actual)


def _head(
    conversation_id: UUID,
    number: int,
    last_seq: int,
    seq_there: int,
    last_rev: int,
    rev_there: int,
    *others: Any,
) -> Iterator[Difference]:
    """A rev may stand beyond the last message's: not every change of who is in makes a message."""
    last_at, newest_at, last_message_at, said_at, member_count, inside = others
    if number != seq_there:
        yield Difference("gap", conversation_id, None, seq_there, number)
    if last_rev < rev_there:
        yield Difference("last_rev", conversation_id, None, last_rev, rev_there)
    for what, stored, actual in (
        ("last_seq", last_seq, seq_there),
        ("last_at", last_at, newest_at),
        ("last_message_at", last_message_at, said_at),
        ("member_count", member_count, inside),
    ):
        if stored != actual:
            yield Difference(what, conversation_id, None, stored, actual)


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


def _plain(value: Any) -> Any:
    return rfc3339(value) if hasattr(value, "astimezone") else value
