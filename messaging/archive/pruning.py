"""Removes the rows of a published file, if they equal what is read from it."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import bigs, fetch, statement
from conversations.models import Conversation
from messaging.archive.client_keys import add_keys
from messaging.archive.eligibility import MAY_LEAVE, MAY_LEAVE_SHARD, seqs_that_stay
from messaging.archive.files import read_rows
from messaging.archive.row_groups import StoredFile
from messaging.archive.rows import AS_PLAIN, CLIENT_ID, SEQ, Row, plain
from messaging.archive.segments import stored_file
from messaging.models import ArchiveFile, ArchiveRecall, ArchiveSegment
from messaging.reads.shards import of_one

BATCH = 500
# Longer than any read lasts: whoever began before the segment was there has ended.
GRACE = timedelta(seconds=60)

# A message that was brought back is a row until its file is compacted.
_STILL_ROWS = """
    SELECT {columns}, {may_leave} FROM messaging_message m
    WHERE m.conversation_id = %(conversation)s AND m.seq = ANY(%(seqs)s::bigint[])
      AND NOT EXISTS (
        SELECT FROM messaging_archiverecall back
        WHERE back.conversation_id = m.conversation_id AND back.seq = m.seq)
    ORDER BY m.seq FOR UPDATE
"""
STILL_ROWS = statement(_STILL_ROWS, columns=AS_PLAIN, may_leave=MAY_LEAVE)
STILL_ROWS_OF_SHARD = of_one(statement(_STILL_ROWS, columns=AS_PLAIN, may_leave=MAY_LEAVE_SHARD))
DELETE = """
DELETE FROM messaging_message
WHERE conversation_id = %(conversation)s AND seq = ANY(%(seqs)s::bigint[])
"""


def prune(*, sleep: Callable[[float], None] = time.sleep) -> Iterator[int]:
    """Prunes every segment that is old enough; yields how many rows each batch has removed.

    The caller holds the lease. Sleeps after a batch for as long as it took, so that others get the
    conversation's lock. Raises ArchiveUnavailable.
    """
    due = ArchiveSegment.objects.filter(
        pruned_at=None, published_at__lte=timezone.now() - GRACE
    ).order_by("published_at")
    for segment in due.iterator():
        file = ArchiveFile.objects.get(pk=segment.file_id)
        _add_keys(segment, stored_file(file))
        for start in range(0, segment.row_count, BATCH):
            count = min(BATCH, segment.row_count - start)
            rows = read_rows(stored_file(file), segment.first_row + start, count)
            began = time.monotonic()
            yield _prune_batch(segment, rows)
            sleep(min(time.monotonic() - began, 1.0))
        ArchiveSegment.objects.filter(
            conversation_id=segment.conversation_id,
            first_seq=segment.first_seq,
            file_id=segment.file_id,
        ).update(pruned_at=timezone.now())


def _add_keys(segment: ArchiveSegment, file: StoredFile) -> None:
    """Before the first row is removed, and all at once: runs of keys are written anew."""
    rows = read_rows(file, segment.first_row, segment.row_count)
    with transaction.atomic():
        if Conversation.objects.locked().filter(pk=segment.conversation_id).first() is not None:
            add_keys(segment.conversation_id, (row[CLIENT_ID] for row in rows if row[CLIENT_ID]))


def next_prune_in() -> timedelta | None:
    """How long until a segment is old enough; None where none waits."""
    waiting = ArchiveSegment.objects.filter(pruned_at=None).order_by("-published_at").first()
    if waiting is None:
        return None
    return max(waiting.published_at + GRACE - timezone.now(), timedelta())


@transaction.atomic
def _prune_batch(segment: ArchiveSegment, rows: Sequence[Row]) -> int:
    conversation_id = segment.conversation_id
    if Conversation.objects.locked().filter(pk=conversation_id).first() is None:
        return 0
    asked = {"conversation": conversation_id, "seqs": bigs(row[SEQ] for row in rows)}
    in_file = {row[SEQ]: row for row in rows}
    stay = seqs_that_stay(conversation_id)
    gone: list[Row] = []
    staying: list[int] = []
    text = STILL_ROWS_OF_SHARD if is_distributed() else STILL_ROWS
    for *values, may_leave in fetch(text, asked):
        row = plain(values)
        if may_leave and row[SEQ] not in stay and row == in_file[row[SEQ]]:
            gone.append(row)
        else:
            staying.append(row[SEQ])
    if gone:
        with connection.cursor() as cursor:
            cursor.execute(
                DELETE, {"conversation": conversation_id, "seqs": [row[SEQ] for row in gone]}
            )
    ArchiveRecall.objects.bulk_create(
        ArchiveRecall(conversation_id=conversation_id, seq=seq) for seq in staying
    )
    ArchiveSegment.objects.filter(
        conversation_id=conversation_id, first_seq=segment.first_seq
    ).update(pruned_count=F("pruned_count") + len(gone) + len(staying))
    return len(gone)
