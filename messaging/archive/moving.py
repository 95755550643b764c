"""Moving old messages into files: written and proved first, published, and only then removed.

1. The rows of many conversations are written into one file, which is read back and compared.
2. Each conversation, under its lock, gets its segment: now readers find its messages twice, and
   rows hold.
3. When no reader can be left that does not know of the segment, rows that are equal to what is in
   the file are deleted, in batches under the lock (`pruning`).

A run that is cut off leaves messages twice at worst, or a file that is not published, which a later
run removes. What changes meanwhile stays a row.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import big, bigs, fetch, statement
from conversations.models import Conversation
from messaging.archive.eligibility import (
    KEEP_NEWEST,
    OLD_ROWS,
    OLD_ROWS_OF_SHARD,
    UP_TO,
    UP_TO_OF_SHARD,
    seqs_that_stay,
)
from messaging.archive.files import GROUP_ROWS
from messaging.archive.rows import SEQ, Row, plain
from messaging.archive.segments import Stretch, write_verified
from messaging.models import ArchiveFile, ArchiveSegment
from messaging.reads.history import FIRST_AT

FILE_ROWS = 32 * GROUP_ROWS
READ_ROWS = 2_000
# Fewer seqs than these wait until they are overdue, so that segments do not become many and small.
MIN_SEQS = 256
OVERDUE = timedelta(days=30)

# Above `archived_seq` all messages are rows.
_DUE = """
SELECT c.id, c.archived_seq, c.last_seq, m.created_at
FROM conversations_conversation c
JOIN messaging_message m ON m.conversation_id = c.id AND m.seq = c.archived_seq + 1
WHERE c.is_archivable AND c.last_seq - c.archived_seq > %(newest)s
  AND m.created_at < %(before)s AND {more} LIMIT %(limit)s
"""
DUE = statement(
    _DUE,
    more="c.id > %(after)s AND (%(only)s::uuid IS NULL OR c.id = %(only)s) ORDER BY c.id",
)
OLDEST_DUE = statement(_DUE, more="true ORDER BY m.created_at")
SLICE, OLDEST = 500, 20


class Due(NamedTuple):
    """A conversation whose messages in (after, up_to] are old enough."""

    conversation_id: UUID
    after: int
    up_to: int
    rev: int  # the last one that all followers of the log know


class Moved(NamedTuple):
    """What a file has taken."""

    messages: int
    conversations: int
    size: int  # bytes


def due_conversations(before: datetime, *, only: UUID | None = None) -> Iterator[Due]:
    """Conversations with messages from before the moment that are to be moved, by id."""
    after = UUID(int=0)
    while True:
        asked = {"after": after, "only": only, "before": before, "limit": big(SLICE)}
        rows = fetch(DUE, {**asked, "newest": big(KEEP_NEWEST)})
        for conversation_id, archived_seq, last_seq, oldest_at in rows:
            due = _due(conversation_id, archived_seq, last_seq, before)
            if due is not None and (only or _is_worthwhile(due, oldest_at, before)):
                yield due
        if len(rows) < SLICE:
            return
        after = rows[-1][0]


def oldest_due(before: datetime) -> datetime | None:
    """Of the oldest conversations that are due the first one's oldest message."""
    asked = {"before": before, "newest": big(KEEP_NEWEST), "limit": big(OLDEST)}
    for conversation_id, archived_seq, last_seq, oldest_at in fetch(OLDEST_DUE, asked):
        due = _due(conversation_id, archived_seq, last_seq, before)
        if due is not None and _is_worthwhile(due, oldest_at, before):
            found: datetime = oldest_at
            return found
    return None


def _is_worthwhile(due: Due, oldest_at: datetime, before: datetime) -> bool:
    return oldest_at < before - OVERDUE or due.up_to - due.after >= MIN_SEQS


def followed_rev(conversation_id: UUID) -> int | None:
    """The last rev that all followers of the log know; None of a conversation that is not archived
    or not followed."""
    found = _movable(conversation_id)
    return None if found is None else found[1]


def _movable(conversation_id: UUID) -> tuple[int, int] | None:
    """The last seq that may leave, and the last rev."""
    asked: dict[str, Any] = {"conversation": conversation_id, "newest": big(KEEP_NEWEST)}
    asked |= {"is_relayed": bool(settings.EVENTS_URL)}
    found = fetch(UP_TO_OF_SHARD if is_distributed() else UP_TO, asked)
    return (found[0][0], found[0][1]) if found else None


def _due(conversation_id: UUID, after: int, last_seq: int, before: datetime) -> Due | None:
    found = _movable(conversation_id)
    if found is None:
        return None
    up_to, rev = found
    asked: dict[str, Any] = {"conversation": conversation_id, "moment": before}
    asked |= {"low": big(after + 1), "high": big(last_seq + 1)}
    ((first_young,),) = fetch(FIRST_AT, asked)
    up_to = min(up_to, first_young - 1)
    return Due(conversation_id, after, up_to, rev) if up_to > after else None


def move(before: datetime, *, only: UUID | None = None) -> Iterator[Moved]:
    """Moves what is due into files, published one after the other. The caller holds the lease.

    Raises ArchiveBroken, ArchiveUnavailable, ArchiveNotWritten; then what was published stays so.
    """
    batch: list[Stretch] = []
    for due in due_conversations(before, only=only):
        for stretch in _stretches(due, before):
            batch.append(stretch)
            if sum(len(it.rows) for it in batch) >= FILE_ROWS:
                yield _publish(batch)
                batch = []
    if batch:
        yield _publish(batch)


def _stretches(due: Due, before: datetime) -> Iterator[Stretch]:
    """At most FILE_ROWS at a time. One without a row says that there is nothing to move in it."""
    stay = seqs_that_stay(due.conversation_id)
    first, rows = due.after + 1, list[Row]()
    after = due.after
    while True:
        page = read_old_rows(due.conversation_id, after, due.up_to, before, due.rev, stay)
        rows += page
        if len(page) < READ_ROWS:
            break
        after = page[-1][SEQ]
        if len(rows) >= FILE_ROWS:
            yield Stretch(due.conversation_id, first, after, rows)
            first, rows = after + 1, []
    if first <= due.up_to:
        yield Stretch(due.conversation_id, first, due.up_to, rows)


def read_old_rows(
    conversation_id: UUID,
    after: int,
    up_to: int,
    before: datetime,
    rev: int,
    stay: Collection[int],
) -> list[Row]:
    """The next READ_ROWS rows in (after, up_to] that may leave."""
    asked = {
        "conversation": conversation_id,
        "after": big(after),
        "up_to": big(up_to),
        "before": before,
        "rev": big(rev),
        "stay": bigs(stay),
        "limit": big(READ_ROWS),
    }
    text = OLD_ROWS_OF_SHARD if is_distributed() else OLD_ROWS
    return [plain(row) for row in fetch(text, asked)]


def _publish(batch: Sequence[Stretch]) -> Moved:
    full = [it for it in batch if it.rows]
    file, segments = write_verified(full) if full else (None, [])
    of_place = {(it.conversation_id, it.first_seq): it for it in segments}
    messages = 0
    for stretch in batch:
        segment = of_place.get((stretch.conversation_id, stretch.first_seq))
        if _publish_one(stretch, segment) and segment is not None:
            messages += segment.row_count
    if file is not None:
        ArchiveFile.objects.filter(pk=file.pk).update(published_at=timezone.now())
    return Moved(messages, len(batch), 0 if file is None else file.byte_count)


def _publish_one(stretch: Stretch, segment: ArchiveSegment | None) -> bool:
    """Under the conversation's lock; not where the conversation was deleted or moved on."""
    with transaction.atomic():
        head = Conversation.objects.locked().filter(pk=stretch.conversation_id).first()
        if head is None or head.archived_seq != stretch.first_seq - 1 or not head.is_archivable:
            return False
        head.archived_seq = stretch.last_seq
        if segment is not None:
            head.archived_rev = max(head.archived_rev, segment.max_rev)
            segment.published_at = timezone.now()
            segment.save(force_insert=True)
        head.save(update_fields=["archived_seq", "archived_rev"])
    return True
