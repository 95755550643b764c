"""Writes a file and its segments, and verifies them before they are published."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from messaging.archive.errors import ArchiveBroken
from messaging.archive.files import (
    hash_stored,
    key_of,
    read_rows,
    store_file,
    write_file,
)
from messaging.archive.row_groups import StoredFile, footer_of
from messaging.archive.rows import REV, Row, digest_of, moment_of, senders_of
from messaging.models import ArchiveFile, ArchiveSegment


class Stretch(NamedTuple):
    """The rows of one conversation that are to be in a file: all that leave of the seqs in
    [first_seq, last_seq]."""

    conversation_id: UUID
    first_seq: int
    last_seq: int
    rows: Sequence[Row]


def write_verified(stretches: Sequence[Stretch]) -> tuple[ArchiveFile, list[ArchiveSegment]]:
    """Stores a file of the stretches, in their order, and reads it back.

    Returns its row and the segments, which are not saved. Raises ArchiveBroken, ArchiveUnavailable,
    ArchiveNotWritten.
    """
    file = ArchiveFile(row_count=sum(len(it.rows) for it in stretches))
    file.storage_key = key_of(file.id)
    with TemporaryDirectory(dir=settings.DATA_DIR, prefix=".archive-") as folder:
        path = Path(folder) / "file.parquet"
        write_file(path, [row for it in stretches for row in it.rows])
        data = path.read_bytes()
        file.byte_count, file.digest = len(data), hashlib.sha256(data).hexdigest()
        file.footer = footer_of(data)
        file.save()
        store_file(file.storage_key, path)
    segments = _segments(file, stretches)
    stored = stored_file(file)
    if hash_stored(stored) != file.digest:
        raise ArchiveBroken
    for segment in segments:
        verify(stored, segment)
    return file, segments


def verify(file: StoredFile, segment: ArchiveSegment) -> list[Row]:
    """The segment's rows, as they were written; raises ArchiveBroken, ArchiveUnavailable."""
    rows = read_rows(file, segment.first_row, segment.row_count)
    if len(rows) != segment.row_count or digest_of(rows) != segment.digest:
        raise ArchiveBroken
    return rows


def stored_file(file: ArchiveFile) -> StoredFile:
    return StoredFile(file.id, file.storage_key, file.byte_count)


def _segments(file: ArchiveFile, stretches: Sequence[Stretch]) -> list[ArchiveSegment]:
    segments, place = [], 0
    for each in stretches:
        segments.append(
            ArchiveSegment(
                conversation_id=each.conversation_id,
                first_seq=each.first_seq,
                last_seq=each.last_seq,
                file_id=file.id,
                first_row=place,
                row_count=len(each.rows),
                digest=digest_of(each.rows),
                max_rev=max(row[REV] for row in each.rows),
                first_at=moment_of(each.rows[0]),
                last_at=moment_of(each.rows[-1]),
                sender_ids=senders_of(each.rows),
                published_at=timezone.now(),
            )
        )
        place += len(each.rows)
    return segments
