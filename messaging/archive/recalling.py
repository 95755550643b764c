"""Recalls single messages: makes them rows again before they are changed or referred to.

A recalled message is an ordinary row with the rev that it had, and holds from then on: no write and
no event is another than for any message. The next compaction takes it out of its file.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import connection

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import bigs, fetch, statement
from conversations.models import Conversation
from messaging.archive.reading import archived_of
from messaging.archive.rows import Row, as_records
from messaging.models import ArchiveRecall

THERE = """
SELECT seq FROM messaging_message
WHERE conversation_id = %(conversation)s AND seq = ANY(%(seqs)s::bigint[])
"""
_INSERT = """
INSERT INTO messaging_message
SELECT * FROM jsonb_populate_recordset(NULL::messaging_message, %(rows)s::text::jsonb)
ON CONFLICT DO NOTHING
RETURNING conversation_id, seq
"""
# A row that somebody brought back meanwhile holds. Who finds none in its place counts as recalled.
BRING_BACK = statement(
    """
    WITH back AS ({insert})
    INSERT INTO messaging_archiverecall (conversation_id, seq, recalled_at)
    SELECT conversation_id, seq, statement_timestamp() FROM back
    ON CONFLICT DO NOTHING
    """,
    insert=_INSERT,
)


def recall(conversation: Conversation, seqs: Collection[int]) -> int:
    """Makes rows of those of the messages that are in files; returns how many.

    `conversation` was read in this transaction, by whoever holds the conversation's lock. Nothing
    is asked where none can be archived. Raises ArchiveUnavailable.
    """
    old = {seq for seq in seqs if 1 <= seq <= conversation.archived_seq}
    if not old:
        return 0
    missing = old - {row[0] for row in fetch(THERE, _place(conversation.pk, old))}
    return bring_back(archived_of(conversation.pk, missing)) if missing else 0


def recall_locked(conversation_id: UUID, seqs: Collection[int]) -> int:
    """The same, for who does not hold the lock: takes it, in the caller's transaction."""
    lowest = min(seqs, default=0)
    archived = Conversation.objects.filter(pk=conversation_id, archived_seq__gte=lowest)
    if not lowest or not archived.exists():
        return 0
    archived_of(conversation_id, seqs)  # the file is read before others wait for the lock
    conversation = Conversation.objects.locked().filter(pk=conversation_id).first()
    return 0 if conversation is None else recall(conversation, seqs)


def bring_back(rows: Sequence[Row]) -> int:
    """Inserts archived rows that are no rows; returns how many. The caller holds the lock."""
    if not rows:
        return 0
    if is_distributed():
        return _bring_back_on_shard(rows)
    with connection.cursor() as cursor:
        cursor.execute(BRING_BACK, {"rows": as_records(rows)})
        count: int = cursor.rowcount
    return count


def _bring_back_on_shard(rows: Sequence[Row]) -> int:
    back = fetch(_INSERT, {"rows": as_records(rows)})
    recalled = [ArchiveRecall(conversation_id=place, seq=seq) for place, seq in back]
    return len(ArchiveRecall.objects.bulk_create(recalled, ignore_conflicts=True))


def _place(conversation_id: UUID, seqs: Collection[int]) -> dict[str, object]:
    return {"conversation": conversation_id, "seqs": bigs(sorted(seqs))}
