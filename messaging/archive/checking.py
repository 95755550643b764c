"""Proof that no message is lost: files against their hashes, every seq against rows and files."""

from collections.abc import Iterator, Sequence
from hmac import compare_digest
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import big, fetch, statement
from conversations.models import Conversation
from messaging.archive.client_keys import add_keys, may_be_archived
from messaging.archive.errors import ArchiveBroken, ArchiveUnavailable
from messaging.archive.files import hash_stored
from messaging.archive.recalling import THERE
from messaging.archive.row_groups import clear_caches, stored_footer
from messaging.archive.rows import CLIENT_ID, SEQ, Row
from messaging.archive.segments import stored_file, verify
from messaging.models import ArchiveFile, ArchiveRecall, ArchiveSegment
from messaging.reads.shards import of_one

# Nothing else may be missing of the log: which seqs of a stretch are rows.
ROWS_IN = """
SELECT seq FROM messaging_message
WHERE conversation_id = %(conversation)s AND seq BETWEEN %(low)s AND %(high)s
"""
STRAY_RECALLS = """
SELECT b.seq FROM messaging_archiverecall b
WHERE b.conversation_id = %(conversation)s AND NOT EXISTS (
    SELECT FROM messaging_message m WHERE m.conversation_id = b.conversation_id AND m.seq = b.seq)
"""
MISSING_KEYS = statement(
    """
    SELECT w.client_id FROM unnest(%(client_ids)s::uuid[]) AS w(client_id)
    WHERE NOT {may_be_archived}
    """,
    may_be_archived=may_be_archived("%(conversation)s::uuid", "w.client_id"),
)


class Difference(NamedTuple):
    """`what` is file, footer, segment, message, count, key or recall; `stored` is what the database
    says, `actual` what was found."""

    what: str
    where: str
    stored: Any
    actual: Any
    is_fixed: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "where": self.where,
            "stored": self.stored,
            "actual": self.actual,
            "fixed": self.is_fixed,
        }


class Checked(NamedTuple):
    messages: int
    differences: Sequence[Difference]


def check_archive(*, fix: bool = False) -> Iterator[Checked]:
    """Every file, then every conversation of which a part is in files; with `fix` what can be
    repaired is. The caller holds the lease.

    Repaired are counts, keys and marks, and segments of damaged files of which no row was removed
    yet. Nothing brings back what a lost file had but its copy in a backup.
    """
    clear_caches()
    used = ArchiveSegment.objects.values("file_id")
    for file in ArchiveFile.objects.filter(pk__in=used).order_by("pk").iterator():
        yield _check_file(file, fix=fix)
    places = ArchiveSegment.objects.order_by("conversation_id").values_list(
        "conversation_id", flat=True
    )
    for conversation_id in places.distinct():
        yield _check_conversation(conversation_id, fix=fix)


def _check_file(file: ArchiveFile, *, fix: bool) -> Checked:
    try:
        found = hash_stored(stored_file(file))
    except ArchiveUnavailable:
        found = "missing"
    if compare_digest(found, file.digest):
        return Checked(0, _check_footer(file, fix=fix))
    unpruned = ArchiveSegment.objects.filter(file_id=file.pk, pruned_count=0)
    is_whole_in_rows = (
        unpruned.exists()
        and not ArchiveSegment.objects.filter(file_id=file.pk).exclude(pruned_count=0).exists()
    )
    if fix and is_whole_in_rows:
        unpruned.delete()
    is_fixed = fix and is_whole_in_rows
    return Checked(0, [Difference("file", file.storage_key, file.digest, found, is_fixed)])


def _check_footer(file: ArchiveFile, *, fix: bool) -> list[Difference]:
    """That of the database is the file's. Files of former versions have none, and get it."""
    try:
        stored = stored_footer(stored_file(file))
    except ArchiveUnavailable as error:
        return [Difference("file", file.storage_key, file.digest, error.code)]
    kept = None if file.footer is None else bytes(file.footer)
    if kept == stored:
        return []
    if fix:
        ArchiveFile.objects.filter(pk=file.pk).update(footer=stored)
        clear_caches()
    is_missing = kept is None
    return [] if is_missing else [Difference("footer", file.storage_key, "other", "file's", fix)]


def _check_conversation(conversation_id: UUID, *, fix: bool) -> Checked:
    """Under the conversation's lock, so that nothing is moved or brought back meanwhile."""
    differences: list[Difference] = []
    messages = 0
    covered: set[int] = set()
    with transaction.atomic():
        head = Conversation.objects.locked().filter(pk=conversation_id).first()
        if head is None:
            return Checked(0, [])
        differences += _stray_recalls(conversation_id, fix=fix)
        back = set(_seqs_back(conversation_id))
        for segment in ArchiveSegment.objects.filter(conversation_id=conversation_id):
            rows, found = _rows_of(segment)
            differences += found
            if found:
                covered |= set(range(segment.first_seq, segment.last_seq + 1))
                continue
            messages += len(rows)
            seqs = {row[SEQ] for row in rows}
            there = _there(conversation_id, seqs)
            covered |= seqs
            gone = (seqs - there) | (seqs & back)
            differences += _check_count(segment, len(gone), fix=fix)
            differences += _check_keys(conversation_id, rows, there, fix=fix)
        differences += _check_seqs(head, covered)
    return Checked(messages, differences)


def _rows_of(segment: ArchiveSegment) -> tuple[list[Row], list[Difference]]:
    file = ArchiveFile.objects.filter(pk=segment.file_id).first()
    try:
        if file is None:
            raise ArchiveBroken
        return verify(stored_file(file), segment), []
    except (ArchiveBroken, ArchiveUnavailable) as error:
        return [], [Difference("segment", str(segment), segment.digest, error.code)]


def _there(conversation_id: UUID, seqs: set[int]) -> set[int]:
    asked = {"conversation": conversation_id, "seqs": [big(seq) for seq in seqs]}
    return {row[0] for row in fetch(THERE, asked)}


def _seqs_back(conversation_id: UUID) -> list[int]:
    back = ArchiveRecall.objects.filter(conversation_id=conversation_id)
    return list(back.values_list("seq", flat=True))


def _stray_recalls(conversation_id: UUID, *, fix: bool) -> list[Difference]:
    """Marks of rows that are no more: their files hold."""
    text = of_one(STRAY_RECALLS) if is_distributed() else STRAY_RECALLS
    seqs = [row[0] for row in fetch(text, {"conversation": conversation_id})]
    if fix and seqs:
        ArchiveRecall.objects.filter(conversation_id=conversation_id, seq__in=seqs).delete()
    return [Difference("recall", f"{conversation_id}/{seq}", "row", "none", fix) for seq in seqs]


def _check_count(segment: ArchiveSegment, gone: int, *, fix: bool) -> list[Difference]:
    if segment.pruned_count == gone:
        return []
    if fix:
        ArchiveSegment.objects.filter(
            conversation_id=segment.conversation_id, first_seq=segment.first_seq
        ).update(pruned_count=gone)
    return [Difference("count", str(segment), segment.pruned_count, gone, fix)]


def _check_keys(
    conversation_id: UUID, rows: Sequence[Row], there: set[int], *, fix: bool
) -> list[Difference]:
    """Of messages in files alone."""
    client_ids = [it[CLIENT_ID] for it in rows if it[CLIENT_ID] and it[SEQ] not in there]
    asked = {
        "conversation": conversation_id,
        "client_ids": [UUID(bytes=it) for it in client_ids],
    }
    missing = [row[0] for row in fetch(MISSING_KEYS, asked)] if client_ids else []
    if fix and missing:
        add_keys(conversation_id, (it.bytes for it in missing))
    return [Difference("key", str(conversation_id), "none", str(it), fix) for it in missing]


def _check_seqs(head: Conversation, in_files: set[int]) -> list[Difference]:
    """No seq up to the border is missing from both."""
    asked = {"conversation": head.pk, "low": big(1), "high": big(head.archived_seq)}
    rows = {row[0] for row in fetch(ROWS_IN, asked)}
    missing = sorted(set(range(1, head.archived_seq + 1)) - rows - in_files)
    return [Difference("message", f"{head.pk}/{seq}", "a message", "none") for seq in missing]


def count_messages() -> int:
    """How many messages the files have, for the progress."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(row_count), 0)::bigint FROM messaging_archivesegment")
        (count,) = cursor.fetchone()
    return int(count)
