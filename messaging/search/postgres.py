"""The index in PostgreSQL: a table beside the log, with one GIN for words, parts and conversation.

Three statements find. With few conversations each is asked apart, newest first, so that nothing of
others is walked through. With many the whole table is, and what the person does not see is left
out: by the index of words, or from the newest on where hits are common. Plans are made for the
values: a plan for any values was 600 times slower.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.utils import OperationalError
from psycopg.errors import QueryCanceled

from chatproject.core.db.statements import big, fetch, statement
from conversations.visibility import sql
from messaging.search.conditions import Conditions, quoted
from messaging.search.contract import Candidate, Key, Question, Scope, SearchTooSlow
from messaging.search.entries import Entry
from messaging.search.frequencies import frequencies, refresh_frequencies
from messaging.search.live_filters import LIVE

FEW = 200  # spans that are asked one by one

SPANS = """
WITH scope AS MATERIALIZED (
    SELECT s.* FROM {spans} s
    WHERE s.from_seq <= s.to_seq AND s.conversation_id <> ALL(%(not_in)s::uuid[])
)
"""
# The version that stood at the end of what the person sees of the conversation. The planner takes a
# span for a small part of a log, and CASE keeps it from planning by that.
ENTRY = """
CASE WHEN e.seq BETWEEN s.from_seq AND s.to_seq
      AND e.rev <= s.to_rev AND (e.until_rev IS NULL OR e.until_rev > s.to_rev)
     THEN true ELSE false END
"""
SINCE, UNTIL = "AND e.created_at >= %(since)s", "AND e.created_at < %(until)s"
BEHIND = """
AND e.created_at <= %(at)s
AND (e.created_at, e.conversation_id, e.seq) < (%(at)s, %(conversation)s, %(seq)s)
"""
COLUMNS = "e.created_at, e.conversation_id, e.seq, e.language, e.text"
BY_CONVERSATION = """
{scope}
SELECT {columns} FROM scope s CROSS JOIN LATERAL (
    SELECT e.* FROM messaging_searchentry e {joins}
    WHERE e.conversation_id = s.conversation_id AND {entry} AND {terms} AND {live} {times}
    ORDER BY e.created_at DESC LIMIT %(limit)s
) e
ORDER BY e.created_at DESC, e.conversation_id DESC, e.seq DESC LIMIT %(limit)s
"""
AT_ONCE = """
{scope}
SELECT {columns} FROM messaging_searchentry e
JOIN scope s ON s.conversation_id = e.conversation_id {joins}
WHERE {entry} AND {terms} AND {live} {times}
ORDER BY e.created_at DESC, e.conversation_id DESC, e.seq DESC LIMIT %(limit)s
"""
# In the order of the index by time, which a join by hashes would not keep: so what the person sees
# is asked in two conditions, a cheap one by conversation and, of what is left, the whole.
FROM_NEWEST = """
{scope}
SELECT {columns} FROM messaging_searchentry e
WHERE (e.conversation_id IN (SELECT s.conversation_id FROM scope s)) IS TRUE AND {terms}
  AND EXISTS (SELECT FROM {own_spans} s {joins} WHERE {entry} AND {live}) {times}
ORDER BY e.created_at DESC, e.conversation_id DESC, e.seq DESC LIMIT %(limit)s
"""
COUNT = "{scope} SELECT count(*) FROM scope"

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
        params: dict[str, Any] = {
            "viewer": scope.viewer_id,
            "not_in": list(scope.not_in),
            "since": scope.since,
            "until": scope.until,
            "limit": big(limit),
        }
        if scope.conversations is not None:
            params["only"] = list(scope.conversations)
        if before is not None:
            params |= {"at": before.created_at, "seq": big(before.seq)}
            params["conversation"] = before.conversation_id
        spans = fetch(_count(scope), params)[0][0]
        access = _Access(question, spans, limit)
        params |= access.conditions.params
        with limited(is_hashed=access.is_hashed):
            find = access.statement(is_behind=before is not None)
            rows = fetch(find, params)
        return [Candidate(Key(*row[:3]), *row[3:]) for row in rows]

    def prepare(self) -> None:
        refresh_frequencies()

    def stored(self, conversation_id: UUID, after: int, up_to: int) -> list[Entry]:
        rows = fetch(STORED, {"id": conversation_id, "after": big(after), "up_to": big(up_to)})
        return [Entry._make([*row[:6], frozenset(row[6]), row[7]]) for row in rows]


def _scope(scope: Scope) -> str:
    only = None if scope.conversations is None else "%(only)s::uuid[]"
    return statement(SPANS, spans=sql.spans_of(sql.VIEWER, only))


class _Access:
    """Which of the statements finds the candidates soonest."""

    def __init__(self, question: Question, spans: int, limit: int) -> None:
        known = frequencies()
        self._scope = question.scope
        is_few = spans <= FEW
        scan_from = 0.0 if is_few else known.enough_to_scan(spans, limit)
        self.conditions = Conditions(question, known, scan_from)
        terms = self.conditions.sql()
        is_scan = not is_few and self.conditions.is_scan
        self._terms = f"({terms})"
        self._template = BY_CONVERSATION if is_few else FROM_NEWEST if is_scan else AT_ONCE
        self.is_hashed = self._template is AT_ONCE and not self._scope.live

    def statement(self, *, is_behind: bool) -> str:
        times = " ".join(_times(self._scope, is_behind=is_behind))
        live = " AND ".join(_live(self._scope)) or "true"
        filled = statement(
            self._template,
            scope=_scope(self._scope),
            columns=COLUMNS,
            own_spans=sql.spans_of(sql.VIEWER, "ARRAY[e.conversation_id]"),
            entry=ENTRY,
            joins=_joins(self._scope),
            terms="{terms}",
            live="{live}",
            times=times,
        )
        return filled.replace("{terms}", self._terms).replace("{live}", live)


def _times(scope: Scope, *, is_behind: bool) -> Iterator[str]:
    if scope.since is not None:
        yield SINCE
    if scope.until is not None:
        yield UNTIL
    if is_behind:
        yield BEHIND


def _count(scope: Scope) -> str:
    return statement(COUNT, scope=_scope(scope))


def _live(scope: Scope) -> Iterator[str]:
    for name, is_wanted in scope.live:
        yield LIVE[name] if is_wanted else f"NOT {LIVE[name]}"


def _joins(scope: Scope) -> str:
    if not scope.live:
        return ""
    return (
        "JOIN messaging_message m ON m.conversation_id = e.conversation_id AND m.seq = e.seq"
        " AND m.deleted_at IS NULL"
    )


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
def limited(*, is_hashed: bool = False) -> Iterator[None]:
    """Statements in it are planned for their values and given up after SEARCH_SECONDS.

    Raises SearchTooSlow.
    """
    try:
        with transaction.atomic():
            fetch(LIMITS, {"ms": str(int(settings.SEARCH_SECONDS * 1000))})
            if is_hashed:
                fetch(HASHED, {"on": "off"})
            yield
            if connection.savepoint_ids:  # what is local would outlast a savepoint
                fetch(LIMITS.replace("force_custom_plan", "auto"), {"ms": "0"})
                fetch(HASHED, {"on": "on"})
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTooSlow from error
        raise
