"""The counters of conversations against their logs and periods."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import big, fetch
from messaging.archive.counting import IN_FILES_ALONE
from messaging.maintenance.integrity_check import batches
from messaging.maintenance.integrity_check.batches import FIRST, Batch, Rows
from messaging.maintenance.integrity_check.differences import Difference
from messaging.maintenance.integrity_check.on_shards import pages as on_shards

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


def check_heads(after: UUID = FIRST) -> Iterator[Batch]:
    """The counters of every conversation behind `after` against its log and its periods."""
    for rows in on_shards(HEADS, after) if is_distributed() else _heads(after):
        yield Batch(len(rows), [found for row in rows for found in _head(*row)])


def _heads(after: UUID) -> Iterator[Rows]:
    while rows := fetch(HEADS, {"after": after, "limit": big(batches.SIZE)}):
        yield rows
        after = rows[-1][0]


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
