"""How many messages are in files alone, by their segments and what was brought back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from chatproject.core.db.statements import big, bigs, fetch, statement
from messaging.archive.files import read_rows
from messaging.archive.reading import Stored
from messaging.archive.recalling import THERE
from messaging.archive.rows import CREATED_AT, SENDER, SEQ, Row, micros_of

# Of a conversation `c`.
IN_FILES_ALONE = """
(SELECT coalesce(sum(s.pruned_count), 0)::bigint FROM messaging_archivesegment s
 WHERE s.conversation_id = c.id)
- (SELECT count(*) FROM messaging_archiverecall b WHERE b.conversation_id = c.id)
"""

SEGMENTS = statement(
    """
    SELECT f.id, f.storage_key, f.byte_count, s.first_row, s.row_count
    FROM messaging_archivesegment s JOIN messaging_archivefile f ON f.id = s.file_id
    WHERE s.conversation_id = %(conversation)s AND s.last_seq > %(after)s
      AND (%(before)s::timestamptz IS NULL OR s.first_at < %(before)s)
      AND (%(since)s::timestamptz IS NULL OR s.last_at >= %(since)s)
      AND (%(sender)s::uuid IS NULL OR %(sender)s = ANY(s.sender_ids))
    ORDER BY s.first_seq
    """
)
BATCH = 2_000
SENDERS = """
SELECT DISTINCT s.conversation_id FROM messaging_archivesegment s
WHERE %(sender)s::uuid = ANY(s.sender_ids)
"""


def rows_alone(
    conversation_id: UUID,
    *,
    after: int = 0,
    since: datetime | None = None,
    before: datetime | None = None,
    sender_id: UUID | None = None,
) -> Iterator[list[Row]]:
    """Batches of the rows that are in files alone, with a later seq than `after`, not earlier than
    `since` and earlier than `before`, by the sender. Raises ArchiveUnavailable."""
    asked: dict[str, Any] = {"conversation": conversation_id, "after": big(after)}
    asked |= {"since": since, "before": before, "sender": sender_id}
    for columns in fetch(SEGMENTS, asked):
        file, first_row, row_count = Stored.of(columns)
        for start in range(0, row_count, BATCH):
            rows = [
                row
                for row in read_rows(file, first_row + start, min(BATCH, row_count - start))
                if row[SEQ] > after
                and (since is None or row[CREATED_AT] >= micros_of(since))
                and (before is None or row[CREATED_AT] < micros_of(before))
                and (sender_id is None or row[SENDER] == sender_id.bytes)
            ]
            seqs = bigs(row[SEQ] for row in rows)
            found = fetch(THERE, {"conversation": conversation_id, "seqs": seqs}) if rows else []
            there = {row[0] for row in found}
            yield [row for row in rows if row[SEQ] not in there]


def count_before(conversation_id: UUID, after: int, before: datetime) -> int:
    """How many of them there are."""
    return sum(map(len, rows_alone(conversation_id, after=after, before=before)))


def conversations_archived_of(sender_id: UUID) -> list[UUID]:
    """Where the files hold messages of the person, also such as are rows again."""
    return [row[0] for row in fetch(SENDERS, {"sender": sender_id})]
