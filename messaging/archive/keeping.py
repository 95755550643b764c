"""Which files are kept; removes those that are no longer needed."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import statement
from messaging.archive.files import remove_file
from messaging.models import ArchiveFile, ArchiveSegment

# Readers that began before a file was replaced have ended, and a backup has copied it.
KEEP_REMOVED = timedelta(hours=24)
# A file that was written and not published is of a run that was cut off.
KEEP_UNPUBLISHED = timedelta(hours=1)

_STRAY = """
DELETE FROM {table} a
WHERE NOT EXISTS (SELECT FROM conversations_conversation c WHERE c.id = a.conversation_id)
"""
STRAY = (
    statement(_STRAY, table="messaging_archivesegment"),
    statement(_STRAY, table="messaging_archiverecall"),
    statement(_STRAY, table="messaging_archivekeyrun"),
)
# Files that nothing refers to: all of their conversations were brought back, or are no more.
UNUSED = """
UPDATE messaging_archivefile f SET removed_at = statement_timestamp()
WHERE f.removed_at IS NULL AND f.published_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM messaging_archivesegment s WHERE s.file_id = f.id)
"""
PUBLISHED = """
UPDATE messaging_archivefile f SET published_at = statement_timestamp()
WHERE f.published_at IS NULL
  AND EXISTS (SELECT FROM messaging_archivesegment s WHERE s.file_id = f.id)
"""


def archive_keys() -> list[str]:
    """The keys of all files that segments refer to, for a backup."""
    used = ArchiveSegment.objects.values("file_id")
    files = ArchiveFile.objects.filter(pk__in=used).order_by("storage_key")
    return list(files.values_list("storage_key", flat=True))


def _mark() -> None:
    with connection.cursor() as cursor:
        cursor.execute(PUBLISHED)
        cursor.execute(UNUSED)


def _mark_on_shards() -> None:
    """The same by the ids of the files that the shards refer to."""
    used = list(ArchiveSegment.objects.values_list("file_id", flat=True).distinct())
    files, now = ArchiveFile.objects.all(), timezone.now()
    files.filter(published_at=None, pk__in=used).update(published_at=now)
    kept = files.filter(removed_at=None).exclude(published_at=None)
    kept.exclude(pk__in=used).update(removed_at=now)


def sweep() -> int:
    """Removes files that nobody asks for any more; returns how many. The caller holds the lease.

    Raises ArchiveUnavailable.
    """
    with connection.cursor() as cursor:
        for text in STRAY:
            cursor.execute(text)
    if is_distributed():
        _mark_on_shards()
    else:
        _mark()
    now = timezone.now()
    removed = ArchiveFile.objects.filter(removed_at__lt=now - KEEP_REMOVED)
    cut_off = ArchiveFile.objects.filter(published_at=None, created_at__lt=now - KEEP_UNPUBLISHED)
    count = 0
    for file in [*removed, *cut_off]:
        remove_file(file.storage_key)
        file.delete()
        count += 1
    return count
