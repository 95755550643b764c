"""The index in PostgreSQL, a table beside the log: one GIN has words, parts and conversation."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.utils import OperationalError
from psycopg.errors import QueryCanceled

from chatproject.core.db.distributed.thread_readings import NotPastCitus, past_citus
from chatproject.core.db.readings import Query, Rows
from chatproject.core.db.statements import big, bigs, fetch, send
from messaging.search.conditions import quoted
from messaging.search.contract import Candidate, Key, Question, SearchTooSlow
from messaging.search.entries import Entry
from messaging.search.fingerprints import COLUMNS, fingerprint
from messaging.search.frequencies import refresh_frequencies
from messaging.search.postgres_find import (
    FindStatement,
    Planning,
    scope_params,
    scope_statement,
    spans_on_shards,
)

LIMITS = """
SELECT set_config('statement_timeout', %(ms)s, true), set_config('jit', %(jit)s, true),
       set_config('plan_cache_mode', %(plans)s, true),
       set_config('enable_nestloop', %(nested_loops)s, true),
       set_config('enable_bitmapscan', %(bitmaps)s, true)
"""
USUAL = {"ms": "0", "jit": "on", **Planning("auto")._asdict()}

REMOVE = """
DELETE FROM messaging_searchentry e
USING unnest(%(ids)s::uuid[], %(seqs)s::bigint[]) AS t(conversation_id, seq)
WHERE e.conversation_id = t.conversation_id AND e.seq = t.seq
  AND (e.conversation_id, e.seq, e.rev) NOT IN (
      SELECT * FROM unnest(%(kept_ids)s::uuid[], %(kept_seqs)s::bigint[], %(kept_revs)s::bigint[]))
"""
INSERT = """
INSERT INTO messaging_searchentry AS old (
    conversation_id, seq, rev, until_rev, created_at, language, words, text,
    words_low, words_high, parts_low, parts_high)
SELECT n.id, n.seq, n.rev, n.until_rev, n.at, n.language, n.words::tsvector, n.text,
       n.words_low, n.words_high, n.parts_low, n.parts_high
FROM unnest(%(ids)s::uuid[], %(seqs)s::bigint[], %(revs)s::bigint[], %(until_revs)s::bigint[],
            %(times)s::timestamptz[], %(languages)s::text[], %(words)s::text[], %(texts)s::text[],
            %(words_low)s::bigint[], %(words_high)s::bigint[],
            %(parts_low)s::bigint[], %(parts_high)s::bigint[])
    AS n(id, seq, rev, until_rev, at, language, words, text,
         words_low, words_high, parts_low, parts_high)
ON CONFLICT (conversation_id, seq, rev) DO UPDATE
SET until_rev = excluded.until_rev, created_at = excluded.created_at, words = excluded.words,
    language = excluded.language, text = excluded.text,
    words_low = excluded.words_low, words_high = excluded.words_high,
    parts_low = excluded.parts_low, parts_high = excluded.parts_high
WHERE (old.until_rev, old.created_at, old.language, old.words, old.text,
       old.words_low, old.words_high, old.parts_low, old.parts_high) IS DISTINCT FROM
      (excluded.until_rev, excluded.created_at, excluded.language, excluded.words, excluded.text,
       excluded.words_low, excluded.words_high, excluded.parts_low, excluded.parts_high)
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
        try:
            rows = _find_past_citus(question, before, limit)
        except NotPastCitus:
            rows = _find(question, before, limit)
        return [Candidate(Key(*row[:3]), *row[3:]) for row in rows]

    def prepare(self) -> None:
        refresh_frequencies()

    def stored(self, conversation_id: UUID, after: int, up_to: int) -> list[Entry]:
        rows = fetch(STORED, {"id": conversation_id, "after": big(after), "up_to": big(up_to)})
        return [Entry._make([*row[:6], frozenset(row[6]), row[7]]) for row in rows]


def _find(question: Question, before: Key | None, limit: int) -> Rows:
    spans = fetch(scope_statement(question.scope), scope_params(question.scope))
    find = FindStatement(question, spans, before, limit)
    with limited(find.planning):
        return fetch(find.sql(), find.params)


def _find_past_citus(question: Question, before: Key | None, limit: int) -> Rows:
    """Raises NotPastCitus, SearchTooSlow."""
    spans = past_citus(lambda: spans_on_shards(question.scope))
    find = FindStatement(question, spans, before, limit)
    try:
        return past_citus(find.on_shards, begins=Query(LIMITS, _limits(find.planning)))
    except QueryCanceled as error:
        raise SearchTooSlow from error


def _limits(planning: Planning) -> dict[str, str]:
    milliseconds = str(int(settings.SEARCH_SECONDS * 1000))
    return {"ms": milliseconds, "jit": "off", **planning._asdict()}


def _columns(entries: Sequence[Entry]) -> dict[str, Any]:
    bits = [fingerprint(entry.words, entry.text).columns() for entry in entries]
    return {
        **{
            name: bigs(column)
            for name, column in zip(COLUMNS, zip(*bits, strict=True), strict=True)
        },
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
def limited(planning: Planning = Planning()) -> Iterator[None]:  # noqa: B008 (a tuple)
    """Statements in it are planned so, and given up after SEARCH_SECONDS. Raises SearchTooSlow.

    What begins and ends the transaction goes with them, and waits for no answer of its own.
    """
    connection.ensure_connection()
    try:
        with connection.connection.pipeline(), transaction.atomic():
            send(LIMITS, _limits(planning))
            yield
            if connection.savepoint_ids:  # what is local would outlast a savepoint
                send(LIMITS, USUAL)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTooSlow from error
        raise
