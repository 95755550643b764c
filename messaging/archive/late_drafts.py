"""Drafts that depend on messages in the archive: late retries, and replies to old messages."""

from typing import Any

from django.db import transaction

from chatproject.core.db.statements import fetch, statement
from messaging.archive.files import find_rows
from messaging.archive.reading import Stored
from messaging.archive.recalling import recall_locked
from messaging.archive.rows import SENDER, SEQ
from messaging.sending.drafts import Draft

BY_SENDER = statement(
    """
    SELECT f.id, f.storage_key, f.byte_count, s.first_row, s.row_count
    FROM messaging_archivesegment s JOIN messaging_archivefile f ON f.id = s.file_id
    WHERE s.conversation_id = %(conversation)s AND %(sender)s::uuid = ANY(s.sender_ids)
    ORDER BY s.first_seq
    """
)


def recall_for_draft(draft: Draft) -> None:
    """Makes rows of what the draft answers, and of what an earlier try has stored.

    Raises ArchiveUnavailable.
    """
    seqs = {seq for seq in (draft.reply_to_seq, draft.thread_seq) if seq is not None and seq > 0}
    seqs |= _stored_before(draft)
    if seqs:
        with transaction.atomic():
            recall_locked(draft.conversation_id, seqs)


def _stored_before(draft: Draft) -> set[int]:
    """Reads all that the sender wrote in the conversation; late retries are rare."""
    asked: dict[str, Any] = {"conversation": draft.conversation_id, "sender": draft.sender_id}
    return {
        row[SEQ]
        for columns in fetch(BY_SENDER, asked)
        for row in find_rows(*Stored.of(columns), "client_id", draft.client_id.bytes)
        if row[SENDER] == draft.sender_id.bytes
    }
