"""Proof that the index holds what the log does: every entry made anew and compared.

Each batch is one snapshot, so that the system may be in use meanwhile. What the index has yet to
learn is told as `behind`, and is none of the differences.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from chatproject.core.db.statements import big, fetch, statement
from messaging.search.entries import Entry, entries_of, read_stretch
from messaging.search.indexes import search_index
from messaging.search.models import TEXT_VERSION
from messaging.search.rebuild import STRAY

BATCH = 1_000
FIRST = UUID(int=0)
HEADS = statement(
    """
    SELECT c.id, c.last_seq, c.last_rev <> coalesce(s.rev, 0), coalesce(s.version, 0)
    FROM (SELECT id, last_seq, last_rev FROM conversations_conversation
          WHERE id > %(after)s ORDER BY id LIMIT %(limit)s) c
    LEFT JOIN messaging_searchcursor s ON s.conversation_id = c.id
    ORDER BY c.id
    """
)


class Difference(NamedTuple):
    """`what` is missing, extra or different."""

    what: str
    conversation_id: UUID
    seq: int
    rev: int

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "conversationId": str(self.conversation_id),
            "seq": self.seq,
            "rev": self.rev,
        }


class Checked(NamedTuple):
    """`is_old`: the entries are of another version of the text configuration."""

    messages: int
    differences: Sequence[Difference]
    is_behind: bool = False
    is_old: bool = False


def check_index() -> Iterator[Checked]:
    """Every conversation in batches; what is behind or old is told once for each."""
    yield from check_conversations()
    stray = [row[0] for row in fetch(STRAY, {"limit": big(BATCH)})]
    found = [Difference("extra", each, 0, 0) for each in stray]
    yield Checked(0, found)


def check_conversations(after: UUID = FIRST) -> Iterator[Checked]:
    """The same without what belongs to no conversation, of those behind `after`."""
    while rows := fetch(HEADS, {"after": after, "limit": big(BATCH)}):
        for conversation_id, last_seq, is_behind, version in rows:
            is_old = version != TEXT_VERSION and last_seq > 0
            if is_behind or is_old:
                yield Checked(last_seq, [], is_behind, is_old)
            else:
                yield from _check(conversation_id)
        after = rows[-1][0]


def _check(conversation_id: UUID) -> Iterator[Checked]:
    after = 0
    while True:
        with transaction.atomic():
            _read_one_snapshot()
            rows = read_stretch(conversation_id, after, BATCH)
            up_to = rows[-1].seq if len(rows) == BATCH else 2**62
            stored = search_index().stored(conversation_id, after, up_to)
        languages = {entry.seq: entry.language for entry in stored}
        expected = [
            entry
            for row in rows
            for entry in entries_of(row._replace(language=languages.get(row.seq, row.language)))
        ]
        yield Checked(len(rows), list(_differences(expected, stored)))
        if len(rows) < BATCH:
            return
        after = up_to


def _read_one_snapshot() -> None:
    """For the rest of the transaction, where it is our own."""
    if not connection.savepoint_ids:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _differences(expected: Sequence[Entry], stored: Sequence[Entry]) -> Iterator[Difference]:
    """A message keeps the language that its sender had when it was indexed."""
    wanted = {(entry.seq, entry.rev): entry for entry in expected}
    there = {(entry.seq, entry.rev): entry for entry in stored}
    for key in sorted(wanted.keys() | there.keys()):
        one, other = wanted.get(key), there.get(key)
        if one != other:
            what = "missing" if other is None else "extra" if one is None else "different"
            entry = one or other
            assert entry is not None
            yield Difference(what, entry.conversation_id, *key)
