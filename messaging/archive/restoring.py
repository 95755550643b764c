"""Bringing a whole conversation back into the table."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import transaction

from conversations.errors import ConversationNotFound
from conversations.models import Conversation
from messaging.archive.keeping import sweep
from messaging.archive.recalling import bring_back
from messaging.archive.rows import Row
from messaging.archive.segments import stored_file, verify
from messaging.models import ArchiveFile, ArchiveKeyRun, ArchiveRecall, ArchiveSegment

BATCH = 500


def restore_conversation(conversation_id: UUID) -> Iterator[int]:
    """Makes rows of all its archived messages; yields how many each batch has brought back. It is
    not archived again until `archive_messages --conversation` says so.

    Rows hold meanwhile, so it may be cut off and run again. The caller holds the lease. Raises
    ConversationNotFound, ArchiveBroken, ArchiveUnavailable.
    """
    place = {"conversation_id": conversation_id}
    if not Conversation.objects.filter(pk=conversation_id).update(is_archivable=False):
        raise ConversationNotFound
    for segment in ArchiveSegment.objects.filter(**place).order_by("first_seq"):
        file = ArchiveFile.objects.get(pk=segment.file_id)
        rows = verify(stored_file(file), segment)
        for start in range(0, len(rows), BATCH):
            yield _insert(conversation_id, rows[start : start + BATCH])
    with transaction.atomic():
        head = Conversation.objects.locked().get(pk=conversation_id)
        head.archived_seq = head.archived_rev = 0
        head.save(update_fields=["archived_seq", "archived_rev"])
        for table in (ArchiveSegment, ArchiveRecall, ArchiveKeyRun):
            table.objects.filter(**place).delete()
    sweep()


@transaction.atomic
def _insert(conversation_id: UUID, rows: Sequence[Row]) -> int:
    Conversation.objects.locked().get(pk=conversation_id)
    return bring_back(rows)
