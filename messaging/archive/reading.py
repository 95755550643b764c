"""Reads across the archive's border: gives the statements the archived rows beside the table's.

`across` has a statement read a table expression in place of the table of messages, which holds its
rows and those of the parameter `archived`. So every condition of visibility,
every join and every order is the one that rows are read by, and a message that is both is read as
its row. Who reads hands over the archived rows in the range of the statement, and no others.
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import Steps, in_thread, query, reading
from chatproject.core.db.statements import big, bigs, fetch, statement
from conversations.visibility.sql import CONVERSATION
from messaging.archive.files import read_seqs, seq_at
from messaging.archive.row_groups import StoredFile
from messaging.archive.rows import SEQ, Row, as_records, micros_of
from messaging.models import Message
from messaging.reads.shards import of_one

_UNION = statement(
    """
    messages_anywhere AS NOT MATERIALIZED (
        SELECT * FROM messaging_message {{here}}
        UNION ALL
        SELECT a.* FROM jsonb_populate_recordset(
            NULL::messaging_message, %(archived)s::text::jsonb) AS a
        WHERE NOT EXISTS (
            SELECT FROM messaging_message r
            WHERE r.conversation_id = a.conversation_id AND r.seq = a.seq))
    """
)
_UNION_OF_ONE = of_one(_UNION).format(here=f"WHERE conversation_id = {CONVERSATION}::uuid")
_UNION_OF_ALL = statement(_UNION, here="")

# Where a statement reads the messages that it answers. Replies in threads have other names, and are
# rows: a union in each place that asks for them would take ten times the planning.
_READ = re.compile(r"\bmessaging_message (?=(?:m|hit)\b)")

_SEGMENTS = """
SELECT f.id, f.storage_key, f.byte_count, s.first_row, s.row_count
FROM messaging_archivesegment s JOIN messaging_archivefile f ON f.id = s.file_id
WHERE s.conversation_id = %(conversation)s AND s.last_seq >= %(low)s AND {more}
ORDER BY s.first_seq
"""
BETWEEN = statement(_SEGMENTS, more="s.first_seq <= %(high)s")
# The rows of the first may all be before `low`.
FROM_MOMENT = statement(_SEGMENTS, more="s.last_at >= %(moment)s") + " LIMIT 2"
OF_SEQS = statement(
    _SEGMENTS,
    more="""
    s.first_seq <= %(high)s AND EXISTS (
        SELECT FROM unnest(%(seqs)s::bigint[]) AS w(seq)
        WHERE w.seq BETWEEN s.first_seq AND s.last_seq)
    """,
)


class Stored(NamedTuple):
    """The rows of one conversation in one file."""

    file: StoredFile
    first_row: int
    row_count: int

    @classmethod
    def of(cls, columns: Sequence[Any]) -> "Stored":
        return cls(StoredFile(*columns[:3]), *columns[3:5])


def across(text: str) -> str:
    """The statement over rows and the parameter `archived`.

    On a distributed database it is about one conversation, which is a parameter.
    """
    if is_distributed():
        return _across(of_one(text), _UNION_OF_ONE)
    return _across(text, _UNION_OF_ALL)


@lru_cache(maxsize=64)
def _across(text: str, union: str) -> str:
    text = _READ.sub("messages_anywhere ", text)
    if text.startswith("WITH "):
        return f"WITH {union}, {text.removeprefix('WITH ')}"
    return f"WITH {union} {text}"


def archived_params(rows: Sequence[Row]) -> dict[str, Any]:
    """The parameter of `across`."""
    return {"archived": as_records(rows)}


@reading
def archived_between(conversation_id: UUID, low: int, high: int) -> Steps[list[Row]]:
    """The rows in files with a seq in [low, high], ascending. Raises ArchiveUnavailable."""
    asked = {"conversation": conversation_id, "low": big(low), "high": big(high)}
    found = yield from query(BETWEEN, asked)
    if not found:
        return []
    yield from in_thread()
    rows: list[Row] = []
    for stored in map(Stored.of, found):
        rows += read_seqs(*stored, low, high)
    return rows


@reading
def archived_of(conversation_id: UUID, seqs: Collection[int]) -> Steps[list[Row]]:
    """The rows in files with these seqs, ascending. Raises ArchiveUnavailable."""
    if not seqs:
        return []
    low, high, wanted = min(seqs), max(seqs), set(seqs)
    asked: dict[str, Any] = {"conversation": conversation_id, "low": big(low), "high": big(high)}
    found = yield from query(OF_SEQS, {**asked, "seqs": bigs(wanted)})
    if not found:
        return []
    yield from in_thread()
    rows: list[Row] = []
    for stored in map(Stored.of, found):
        rows += [row for row in read_seqs(*stored, low, high) if row[SEQ] in wanted]
    return rows


@reading
def archived_seq_at(
    conversation_id: UUID, low: int, moment: datetime, *, is_after: bool
) -> Steps[int | None]:
    """The first seq from `low` on in files whose message is not earlier than the moment, or is
    later where it `is_after`. Raises ArchiveUnavailable."""
    asked = {"conversation": conversation_id, "low": big(low), "moment": moment}
    found = yield from query(FROM_MOMENT, asked)
    if not found:
        return None
    yield from in_thread()
    for stored in map(Stored.of, found):
        seq = seq_at(*stored, low, micros_of(moment) + is_after)
        if seq is not None:
            return seq
    return None


RECORDS = """
SELECT * FROM jsonb_populate_recordset(NULL::messaging_message, %s::text::jsonb) ORDER BY seq
"""


def archived_messages(conversation_id: UUID, low: int, high: int) -> list[Message]:
    """The messages in files with a seq in [low, high], as instances that nobody saves. Raises
    ArchiveUnavailable."""
    rows = archived_between(conversation_id, low, high)
    return list(Message.objects.raw(RECORDS, [as_records(rows)])) if rows else []


ARCHIVES = """
SELECT id, archived_seq FROM conversations_conversation
WHERE id = ANY(%(ids)s::uuid[]) AND archived_seq > 0
"""


def archived_around(places: Collection[tuple[UUID, int]], far: int = 0) -> list[Row]:
    """The rows in files of these messages of conversations, and of those up to `far` seqs from
    them. Raises ArchiveUnavailable."""
    if not places:
        return []
    borders = dict(fetch(ARCHIVES, {"ids": list({place for place, _ in places})}))
    wanted: dict[UUID, set[int]] = {}
    for conversation_id, seq in places:
        border = borders.get(conversation_id, 0)
        near = range(max(seq - far, 1), min(seq + far, border) + 1)
        wanted.setdefault(conversation_id, set()).update(near)
    return [row for key, seqs in wanted.items() for row in archived_of(key, seqs)]
