"""Searches the messages that are in the archive's files alone, for the admin, newest first.

What `message_search` does for rows, at a bounded cost too: of the stretches in files that may have
what is asked for, the newest SEGMENTS are read, and CANDIDATES messages of them at most. A search
that names nothing is not answered from files, since rows are newer.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import prefetch_related_objects

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import read
from chatproject.core.db.statements import big, bigs, fetch, statement
from conversations.models import Conversation
from messaging.archive.files import read_rows
from messaging.archive.reading import RECORDS, Stored, archived_messages
from messaging.archive.rows import CONVERSATION, PLACE, SENDER, SEQ, Row, as_records, moment_of
from messaging.models import Message
from messaging.moderation.access import READABLE
from messaging.moderation.message_search import CANDIDATES, Query, people_named, uuid_or_none
from messaging.reads.shards import by_places, of_one_shard

SEGMENTS = 40
ID, BODY = PLACE["id"], PLACE["body"]
# A message's id has the time at which it was sent, within this of the one that it has in the log.
NEAR = timedelta(minutes=5)

NEWEST_SEGMENTS = """
SELECT f.id, f.storage_key, f.byte_count, s.first_row, s.row_count
FROM messaging_archivesegment s JOIN messaging_archivefile f ON f.id = s.file_id
WHERE (%(conversation)s::uuid IS NULL OR s.conversation_id = %(conversation)s)
  AND (%(people)s::uuid[] IS NULL OR s.sender_ids && %(people)s)
  AND (%(since)s::timestamptz IS NULL OR s.last_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR s.first_at < %(until)s)
ORDER BY s.last_at DESC LIMIT %(limit)s
"""
# Those that one may read, and that are no rows.
ALLOWED = statement(
    """
    SELECT m.conversation_id, m.seq
    FROM unnest(%(ids)s::uuid[], %(seqs)s::bigint[]) AS m(conversation_id, seq)
    JOIN conversations_conversation c ON c.id = m.conversation_id
    WHERE (%(sees_all)s OR {readable}) AND NOT EXISTS (
        SELECT FROM messaging_message r
        WHERE r.conversation_id = m.conversation_id AND r.seq = m.seq)
    """,
    readable=READABLE,
)
ALLOWED_ON_SHARD = of_one_shard(ALLOWED)


class Found(NamedTuple):
    """Messages that nobody saves, newest first, each with its `place` for `archived_message`;
    whether all of the archive was searched that could have more."""

    messages: Sequence[Message]
    is_whole: bool


NOTHING = Found([], is_whole=True)


class _Wanted(NamedTuple):
    """Which segments are read, and which of their rows are taken."""

    conversation: UUID | None
    people: frozenset[UUID] | None
    id: UUID | None
    text: str
    since: datetime | None
    until: datetime | None

    def takes(self, row: Row) -> bool:
        at = moment_of(row)
        return (
            (self.since is None or at >= self.since)
            and (self.until is None or at < self.until)
            and (self.id is None or row[ID] == self.id.bytes)
            and (self.people is None or UUID(bytes=row[SENDER] or bytes(16)) in self.people)
            and self.text in row[BODY].lower()
        )


def find_archived(query: Query, *, sees_all: bool, limit: int) -> Found:
    """The messages that match, as `find_messages` says of rows. Raises ArchiveUnavailable."""
    wanted = _wanted(query)
    if wanted is None:
        return NOTHING
    read = 0
    is_whole = True
    found: list[Row] = []
    for segment in _segments(wanted):
        if read >= CANDIDATES or segment is None:
            is_whole = False
            break
        number = min(segment.row_count, CANDIDATES - read)
        first = segment.first_row + segment.row_count - number
        found += filter(wanted.takes, read_rows(segment.file, first, number))
        read += number
    allowed = _allowed(found, sees_all=sees_all)
    found = sorted(allowed, key=lambda row: row[ID], reverse=True)
    return Found(_messages(found[:limit]), is_whole and len(found) <= limit)


def archived_message(place: str) -> Message | None:
    """The one in files at `conversation:seq`. Raises ArchiveUnavailable."""
    conversation_id, seq = place_of(place)
    if conversation_id is None:
        return None
    found = archived_messages(conversation_id, seq, seq)
    prefetch_related_objects(found, "conversation", "sender")
    return found[0] if found else None


def place_of(text: str) -> tuple[UUID | None, int]:
    """The conversation and seq of `conversation:seq`; no conversation in what is none."""
    name, _, seq = text.partition(":")
    is_place = seq.isascii() and seq.isdecimal() and len(seq) < 19
    return (uuid_or_none(name), int(seq)) if is_place else (None, 0)


def _wanted(query: Query) -> _Wanted | None:
    if query.kind not in ("", Message.Kind.TEXT):  # others stay rows
        return None
    rest: dict[str, Any] = {"text": query.text.lower(), "since": query.since, "until": query.until}
    named = _Wanted(None, None, None, **rest)
    key = uuid_or_none(query.subject)
    if not query.subject:
        return None if query.is_plain else named
    if key is not None and Conversation.objects.filter(pk=key).exists():
        return named._replace(conversation=key)
    if people := people_named(query.subject):
        return named._replace(people=frozenset(people))
    return None if key is None else _of_id(named, key)


def _of_id(named: _Wanted, key: UUID) -> _Wanted | None:
    """By the time that a UUIDv7 begins with."""
    if key.version != 7:
        return None
    at = datetime.fromtimestamp((key.int >> 80) / 1000, UTC)
    since = max(filter(None, (named.since, at - NEAR)))
    until = min(filter(None, (named.until, at + NEAR)))
    return named._replace(id=key, since=since, until=until)


def _segments(wanted: _Wanted) -> Iterator[Stored | None]:
    """The newest; None in place of what there is beyond."""
    asked = {
        "conversation": wanted.conversation,
        "people": None if wanted.people is None else list(wanted.people),
        "since": wanted.since,
        "until": wanted.until,
        "limit": big(SEGMENTS + 1),
    }
    for number, columns in enumerate(fetch(NEWEST_SEGMENTS, asked)):
        yield Stored.of(columns) if number < SEGMENTS else None


def _allowed(rows: Sequence[Row], *, sees_all: bool) -> list[Row]:
    if not rows:
        return []
    ids = [UUID(bytes=row[CONVERSATION]) for row in rows]
    asked = {"ids": ids, "seqs": bigs(row[SEQ] for row in rows), "sees_all": sees_all}
    if is_distributed():
        places = set(read(by_places(ALLOWED_ON_SHARD, ids, asked)))
    else:
        places = set(fetch(ALLOWED, asked))
    return [row for key, row in zip(ids, rows, strict=True) if (key, row[SEQ]) in places]


def _messages(rows: Sequence[Row]) -> list[Message]:
    if not rows:
        return []
    found = list(Message.objects.raw(RECORDS, [as_records(rows)]))
    for message in found:
        message.place = f"{message.conversation_id}:{message.seq}"  # type: ignore[attr-defined]
    prefetch_related_objects(found, "conversation", "sender")
    return sorted(found, key=lambda message: message.pk, reverse=True)
