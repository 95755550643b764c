"""Rewrites files without the messages that were recalled: changed, emptied and erased ones.

A file is compacted as soon as a message in it was deleted or erased, or has rows that no segment
refers to, since those texts have to go; for other changes when there are enough of them. What may
leave the table again goes along. Each conversation changes over to the new file under its lock; the
old one stays for a day.
"""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import fetch, statement
from conversations.models import Conversation
from messaging.archive.eligibility import seqs_that_stay
from messaging.archive.moving import READ_ROWS, followed_rev, read_old_rows
from messaging.archive.rows import SEQ, Row
from messaging.archive.segments import Stretch, stored_file, verify, write_verified
from messaging.models import ArchiveFile, ArchiveRecall, ArchiveSegment

# Of a file's rows, as many that were brought back are worth a new one.
WORTH = 0.05

DUE = statement(
    """
    SELECT f.id FROM messaging_archivefile f
    CROSS JOIN LATERAL (
        SELECT sum(s.row_count) AS used, bool_and(s.pruned_at IS NOT NULL) AS is_pruned
        FROM messaging_archivesegment s WHERE s.file_id = f.id) held
    CROSS JOIN LATERAL (
        SELECT count(*) AS number, coalesce(bool_or(m.deleted_at IS NOT NULL), false) AS is_emptied
        FROM messaging_archivesegment s
        JOIN messaging_archiverecall b
          ON b.conversation_id = s.conversation_id AND b.seq BETWEEN s.first_seq AND s.last_seq
        LEFT JOIN messaging_message m ON m.conversation_id = b.conversation_id AND m.seq = b.seq
        WHERE s.file_id = f.id) back
    WHERE f.removed_at IS NULL AND held.is_pruned AND (
        held.used < f.row_count OR back.is_emptied
        OR back.number > 0 AND (back.number >= %(worth)s * f.row_count OR %(all)s))
    ORDER BY f.id
    """
)
_HELD = """
SELECT file_id, sum(row_count)::bigint, bool_and(pruned_at IS NOT NULL)
FROM messaging_archivesegment GROUP BY file_id
"""
_BACK = """
SELECT s.file_id, count(*), coalesce(bool_or(m.deleted_at IS NOT NULL), false)
FROM messaging_archivesegment s
JOIN messaging_archiverecall b
  ON b.conversation_id = s.conversation_id AND b.seq BETWEEN s.first_seq AND s.last_seq
LEFT JOIN messaging_message m ON m.conversation_id = b.conversation_id AND m.seq = b.seq
GROUP BY s.file_id
"""


class _New(NamedTuple):
    """What takes the place of a segment: `taken_out` are the messages that were brought back, and
    `kept` rows come from the old file."""

    old: ArchiveSegment
    stretch: Stretch
    taken_out: list[int]
    kept: int


def compact(*, everything: bool = False) -> Iterator[int]:
    """Compacts what is due, or all files from which something was brought back; yields how many
    messages each new file has. The caller holds the lease.

    Raises ArchiveBroken, ArchiveUnavailable, ArchiveNotWritten.
    """
    for file_id in _due_on_shards(everything) if is_distributed() else _due(everything):
        yield _compact(ArchiveFile.objects.get(pk=file_id))


def _due(everything: bool) -> list[UUID]:
    return [row[0] for row in fetch(DUE, {"worth": WORTH, "all": everything})]


def _due_on_shards(everything: bool) -> list[UUID]:
    """The same of what each shard knows of each file."""
    held = {row[0]: row[1:] for row in fetch(_HELD, {})}
    back = {row[0]: row[1:] for row in fetch(_BACK, {})}
    due = []
    for file in ArchiveFile.objects.filter(removed_at=None, pk__in=list(held)).order_by("pk"):
        used, is_pruned = held[file.pk]
        number, is_emptied = back.get(file.pk, (0, False))
        is_worth = number > 0 and (number >= WORTH * file.row_count or everything)
        if is_pruned and (used < file.row_count or is_emptied or is_worth):
            due.append(file.pk)
    return due


def _compact(old: ArchiveFile) -> int:
    segments = ArchiveSegment.objects.filter(file_id=old.pk).order_by("first_row")
    plans = [_plan(old, segment) for segment in segments]
    full = [plan.stretch for plan in plans if plan.stretch.rows]
    file, found = write_verified(full) if full else (None, [])
    new = {(it.conversation_id, it.first_seq): it for it in found}
    for plan in plans:
        _replace(plan, new.get((plan.old.conversation_id, plan.old.first_seq)))
    now = timezone.now()
    if file is not None:
        ArchiveFile.objects.filter(pk=file.pk).update(published_at=now)
    ArchiveFile.objects.filter(pk=old.pk).update(removed_at=now)
    return sum(len(stretch.rows) for stretch in full)


def _plan(file: ArchiveFile, segment: ArchiveSegment) -> _New:
    conversation_id = segment.conversation_id
    rows = verify(stored_file(file), segment)
    back = ArchiveRecall.objects.filter(
        conversation_id=conversation_id, seq__range=(segment.first_seq, segment.last_seq)
    )
    taken_out = list(back.values_list("seq", flat=True))
    left_out = set(taken_out)
    kept = [row for row in rows if row[SEQ] not in left_out]
    merged = {row[SEQ]: row for row in kept}
    for row in _leaving_again(conversation_id, segment):
        merged.setdefault(row[SEQ], row)
    stretch = Stretch(
        conversation_id,
        segment.first_seq,
        segment.last_seq,
        [merged[seq] for seq in sorted(merged)],
    )
    return _New(segment, stretch, taken_out, len(kept))


def _leaving_again(conversation_id: UUID, segment: ArchiveSegment) -> Iterator[Row]:
    """Rows of the segment's stretch that may leave the table now."""
    rev = followed_rev(conversation_id)
    if rev is None:
        return
    stay = seqs_that_stay(conversation_id)
    after = segment.first_seq - 1
    while True:
        page = read_old_rows(conversation_id, after, segment.last_seq, timezone.now(), rev, stay)
        yield from page
        if len(page) < READ_ROWS:
            return
        after = page[-1][SEQ]


@transaction.atomic
def _replace(plan: _New, new: ArchiveSegment | None) -> None:
    """What was brought back since the old file was read stays a row that holds, as it is."""
    old = plan.old
    head = Conversation.objects.locked().filter(pk=old.conversation_id).first()
    if head is None:
        return
    place = {"conversation_id": old.conversation_id}
    ArchiveRecall.objects.filter(**place, seq__in=plan.taken_out).delete()
    ArchiveSegment.objects.filter(**place, first_seq=old.first_seq).delete()
    if new is None:
        return
    new.pruned_count = plan.kept
    new.published_at = timezone.now()
    new.pruned_at = new.published_at if plan.kept == new.row_count else None
    new.save(force_insert=True)
    head.archived_rev = max(head.archived_rev, new.max_rev)
    head.save(update_fields=["archived_rev"])
