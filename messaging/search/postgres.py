"""The index in PostgreSQL: a table beside the log, with one GIN for words, parts and conversation.

Plans are made for the values: a plan for any values was 600 times slower.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.utils import OperationalError
from psycopg.errors import QueryCanceled

from chatproject.core.db.statements import big, fetch
from messaging.search.conditions import quoted
from messaging.search.contract import Candidate, Key, Question, SearchTooSlow
from messaging.search.entries import Entry
from messaging.search.frequencies import refresh_frequencies
from messaging.search.postgres_find import Access, scope_params, scope_statement

LIMITS = """
SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true),
       set_config('statement_timeout', %(ms)s, true)
"""
# The planner cannot know how many rows of the index a person's thousands of spans meet, and would
# ask for each of them.
HASHED = "SELECT set_config('enable_nestloop', %(on)s, true)"

REMOVE = """
DELETE FROM messaging_searchentry e
USING unnest(%(ids)s::uuid[], %(seqs)s::bigint[]) AS t(conversation_id, seq)
WHERE e.conversation_id = t.conversation_id AND e.seq = t.seq
  AND (e.conversation_id, e.seq, e.rev) NOT IN (
      SELECT * FROM unnest(%(kept_ids)s::uuid[], %(kept_seqs)s::bigint[], %(kept_revs)s::bigint[]))
"""
INSERT = """
INSERT INTO messaging_searchentry AS old (
    conversation_id, seq, rev, until_rev, created_at, language, words, text)
SELECT n.id, n.seq, n.rev, n.until_rev, n.at, n.language, n.words::tsvector, n.text
FROM unnest(%(ids)s::uuid[], %(seqs)s::bigint[], %(revs)s::bigint[], %(until_revs)s::bigint[],
            %(times)s::timestamptz[], %(languages)s::text[], %(words)s::text[], %(texts)s::text[])
    AS n(id, seq, rev, until_rev, at, language, words, text)
ON CONFLICT (conversation_id, seq, rev) DO UPDATE
SET until_rev = excluded.until_rev, created_at = excluded.created_at, words = excluded.words,
    language = excluded.language, text = excluded.text
WHERE (old.until_rev, old.created_at, old.language, old.words, old.text) IS DISTINCT FROM
      (excluded.until_rev, excluded.created_at, excluded.language, excluded.words, excluded.text)
"""
# Else who searches walks through what waits, once for each conversation.
SETTLE = "SELECT gin_clean_pending_list('search_words')"
STORED = """
SELECT conversation_id, seq, rev, until_rev, created_at, language, tsvector_to_array(words), text
FROM messaging_searchentry
WHERE conversation_id = %(id)s AND seq > %(after)s AND seq <= %(up_to)s ORDER BY seq, rev
"""


class PostgresIndex:
    """See SearchIndex."""

    def write(self, entries: Sequence[Entry], touched: Sequence[tuple[UUID, int]]) -> None:
        kept = [(e.conversation_id, e.seq, e.rev) for e in entries]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                REMOVE,
                {
                    "ids": [conversation_id for conversation_id, _ in touched],
                    "seqs": [seq for _, seq in touched],
                    "kept_ids": [key[0] for key in kept],
                    "kept_seqs": [key[1] for key in kept],
                    "kept_revs": [key[2] for key in kept],
                },
            )
            if entries:
                cursor.execute(INSERT, _columns(entries))
                cursor.execute(SETTLE)

    def forget(self, conversation_id: UUID) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM messaging_searchentry WHERE conversation_id = %s", [conversation_id]
            )

    def find(self, question: Question, *, before: Key | None, limit: int) -> list[Candidate]:
        scope = question.scope
        with limited():
            spans = fetch(scope_statement(scope), scope_params(scope))
            access = Access(question, spans, before, limit)
            if access.is_hashed:
                fetch(HASHED, {"on": "off"})
            rows = fetch(access.statement(), access.params)
        return [Candidate(Key(*row[:3]), *row[3:]) for row in rows]

    def prepare(self) -> None:
        refresh_frequencies()

    def stored(self, conversation_id: UUID, after: int, up_to: int) -> list[Entry]:
        rows = fetch(STORED, {"id": conversation_id, "after": big(after), "up_to": big(up_to)})
        return [Entry._make([*row[:6], frozenset(row[6]), row[7]]) for row in rows]


def _columns(entries: Sequence[Entry]) -> dict[str, Any]:
    return {
        "ids": [e.conversation_id for e in entries],
        "seqs": [e.seq for e in entries],
        "revs": [e.rev for e in entries],
        "until_revs": [e.until_rev for e in entries],
        "times": [e.created_at for e in entries],
        "languages": [e.language for e in entries],
        "words": [" ".join(map(quoted, e.words)) for e in entries],
        "texts": [e.text for e in entries],
    }


@contextmanager
def limited() -> Iterator[None]:
    """Statements in it are planned for their values and given up after SEARCH_SECONDS.

    Raises SearchTooSlow.
    """
    try:
        with transaction.atomic():
            fetch(LIMITS, {"ms": str(int(settings.SEARCH_SECONDS * 1000))})
            yield
            if connection.savepoint_ids:  # what is local would outlast a savepoint
                fetch(LIMITS.replace("force_custom_plan", "auto"), {"ms": "0"})
                fetch(HASHED, {"on": "on"})
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTooSlow from error
        raise
