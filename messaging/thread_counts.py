"""Counts threads anew by their replies, where replies were deleted or a count was found wrong."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import bigs, fetch, statement
from conversations.visibility import sql
from messaging.models import Thread
from messaging.wire import MAX_THREAD_PARTICIPANTS

# What the stored thread of each root ought to be; also what the integrity check holds them against.
COUNTED = statement(
    """
    SELECT w.conversation_id, w.seq, count(*) FILTER (WHERE {counts}) AS reply_count,
           max(r.seq) AS last_seq, max(r.created_at) FILTER (WHERE {counts}) AS last_at,
           coalesce((
               SELECT array_agg(first.sender_id ORDER BY first.seq) FROM (
                   SELECT o.sender_id, min(o.seq) AS seq FROM messaging_message o
                   WHERE o.conversation_id = w.conversation_id AND o.thread_seq = w.seq
                     AND o.sender_id IS NOT NULL AND {others_count}
                   GROUP BY o.sender_id ORDER BY min(o.seq) LIMIT {most}) first
           ), '{{}}') AS participant_ids
    FROM wanted w
    JOIN messaging_message r ON r.conversation_id = w.conversation_id AND r.thread_seq = w.seq
    GROUP BY w.conversation_id, w.seq
    """,
    counts=sql.counts_in_thread("r"),
    others_count=sql.counts_in_thread("o"),
    most=str(MAX_THREAD_PARTICIPANTS),
)

WANTED = """
WITH wanted AS (
    SELECT %(conversation)s::uuid AS conversation_id, seq
    FROM unnest(%(seqs)s::bigint[]) AS given(seq)
)
"""
RECOUNT = f"""{WANTED}
INSERT INTO messaging_thread (
    conversation_id, seq, reply_count, last_seq, last_at, participant_ids)
SELECT * FROM ({COUNTED}) counted
ON CONFLICT (conversation_id, seq) DO UPDATE
SET reply_count = excluded.reply_count, last_seq = excluded.last_seq,
    last_at = excluded.last_at, participant_ids = excluded.participant_ids
"""  # noqa: S608 (constants)


def recount_threads(conversation_id: UUID, root_seqs: Iterable[int | None]) -> None:
    """The caller holds the conversation's lock. Nothing is asked of the database without any."""
    seqs = sorted({seq for seq in root_seqs if seq is not None})
    if not seqs:
        return
    if is_distributed():
        _recount_on_shard(conversation_id, seqs)
        return
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, {"conversation": conversation_id, "seqs": seqs})


# Names the conversation beside every table.
COUNTED_ON_SHARD = WANTED + COUNTED.replace("= w.conversation_id", "= %(conversation)s::uuid")


def _recount_on_shard(conversation_id: UUID, seqs: list[int]) -> None:
    """The same in two statements: Citus would not send one that reads and inserts to one node."""
    rows = fetch(COUNTED_ON_SHARD, {"conversation": conversation_id, "seqs": bigs(seqs)})
    fields = ["conversation_id", "seq", "reply_count", "last_seq", "last_at", "participant_ids"]
    Thread.objects.bulk_create(
        [Thread(**dict(zip(fields, row, strict=True))) for row in rows],
        update_conflicts=True,
        unique_fields=fields[:2],
        update_fields=fields[2:],
    )
