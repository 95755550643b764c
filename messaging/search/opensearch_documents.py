"""Entries as the documents of a search server, and back."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from conversations.visibility import FOREVER
from messaging.search.contract import Key
from messaging.search.entries import Entry

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def document_id(entry: Entry) -> str:
    return f"{entry.conversation_id}:{entry.seq}:{entry.rev}"


def document_of(entry: Entry) -> dict[str, Any]:
    return {
        "conversation": str(entry.conversation_id),
        "seq": entry.seq,
        "rev": entry.rev,
        "until": FOREVER + 1 if entry.until_rev is None else entry.until_rev,
        "at": microseconds(entry.created_at),
        "language": entry.language,
        "words": sorted(entry.words),
        "text": entry.text,
    }


def entry_of(it: dict[str, Any]) -> Entry:
    return Entry(
        UUID(it["conversation"]),
        it["seq"],
        it["rev"],
        None if it["until"] > FOREVER else it["until"],
        moment_of(it["at"]),
        it["language"],
        frozenset(it["words"]),
        it["text"],
    )


def sort_key(key: Key) -> list[Any]:
    """Behind all versions of the message."""
    return [microseconds(key.created_at), str(key.conversation_id), key.seq, -1]


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def moment_of(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)
