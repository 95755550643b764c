"""What is stored of threads against their replies, and of their followers against a COUNT."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import big, fetch, statement
from conversations.visibility import sql
from messaging.maintenance.integrity_check import batches
from messaging.maintenance.integrity_check.batches import FIRST, Batch, Rows
from messaging.maintenance.integrity_check.differences import Difference
from messaging.maintenance.integrity_check.on_shards import pages as on_shards
from messaging.reads.threads.rows import unread_replies
from messaging.thread_counts import COUNTED

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


def check_threads() -> Iterator[Batch]:
    """What is stored of every thread against its replies."""
    for rows in batches.pages_by_seq(THREADS):
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


def _followers() -> Iterator[Rows]:
    after = 0
    while rows := fetch(FOLLOWERS, {"after": big(after), "limit": big(batches.SIZE)}):
        yield rows
        after = rows[-1][0]


def _thread(conversation_id: UUID, _seq: int, *values: Any) -> Iterator[Difference]:
    names = ("reply_count", "last_seq", "last_at", "participant_ids")
    for name, stored, actual in zip(names, values[::2], values[1::2], strict=True):
        if stored != actual:
            yield Difference(f"thread.{name}", conversation_id, None, stored, actual)
