"""Chooses the statement that finds the candidates of a search soonest in PostgreSQL.

Four statements find on one PostgreSQL. With few conversations each is asked apart, so that nothing
of others is walked through: by the index of words, or newest first where hits are common. With many
the whole table is, and what the person does not see left out: by the index of words, or from the
newest on.

A distributed database asks all shards at once, by the index of words. What reads until there is
enough would have to do so on each shard anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import Query, Rows, Steps, all_rows, query
from chatproject.core.db.statements import big, bigs, statement
from conversations.visibility import sql
from messaging.reads.shards import by_shard, of_one_shard
from messaging.search.conditions import Conditions
from messaging.search.contract import Key, Question, Scope
from messaging.search.frequencies import frequencies
from messaging.search.live_filters import LIVE

FEW = 200  # spans that are asked one by one
SPARE = 1  # hits of each conversation that are read at first beside its part of the page

SPANS = """
WITH scope AS MATERIALIZED (
    SELECT s.* FROM {spans} s
    WHERE s.from_seq <= s.to_seq AND s.conversation_id <> ALL(%(not_in)s::uuid[])
)
"""
# What a person in few conversations sees, and how much there is for one in many.
SCOPE = """
{scope}
SELECT s.conversation_id::text, s.from_seq, s.to_seq, s.to_rev, count(*) OVER () AS number
FROM scope s LIMIT %(few)s
"""
GIVEN = """
WITH scope AS MATERIALIZED (
    SELECT s.* FROM unnest(%(ids)s::uuid[], %(froms)s::bigint[], %(tos)s::bigint[],
                           %(to_revs)s::bigint[])
        WITH ORDINALITY AS s(conversation_id, from_seq, to_seq, to_rev, place)
)
"""
# The version that stood at the end of what the person sees of the conversation. The planner takes a
# span for a small part of a log, and CASE keeps it from planning by that.
ENTRY = """
CASE WHEN e.seq BETWEEN s.from_seq AND s.to_seq
      AND e.rev <= s.to_rev AND (e.until_rev IS NULL OR e.until_rev > s.to_rev)
     THEN true ELSE false END
"""
SINCE, UNTIL = "AND {e}.created_at >= %(since)s", "AND {e}.created_at < %(until)s"
BEHIND = """
AND {e}.created_at <= %(at)s
AND ({e}.created_at, {e}.conversation_id, {e}.seq) < (%(at)s, %(conversation)s, %(seq)s)
"""
COLUMNS = "e.created_at, e.conversation_id, e.seq, e.language, e.text"
NEWEST_FIRST = "e.created_at DESC, e.conversation_id DESC, e.seq DESC"
BY_CONVERSATION = """
{given}
SELECT {columns} FROM scope s CROSS JOIN LATERAL (
    SELECT {columns} FROM messaging_searchentry e {joins}
    WHERE e.conversation_id = s.conversation_id AND {entry} AND {terms} AND {live} {times}
    ORDER BY e.created_at DESC, e.seq DESC LIMIT %(limit)s
) e
ORDER BY {newest_first} LIMIT %(limit)s
"""
# Newest first by the index alone, and of the table only what the person sees and its fingerprint
# does not rule out: what they do not see is never looked up, so that no time tells what it holds.
READ = """
SELECT {columns} FROM (
    SELECT k.created_at, k.seq, k.rev FROM messaging_searchentry k
    WHERE k.conversation_id = s.conversation_id {bound} {key_times}
      AND CASE WHEN {bits} AND k.seq BETWEEN s.from_seq AND s.to_seq AND k.rev <= s.to_rev
          THEN true ELSE false END
    ORDER BY k.created_at DESC, k.seq DESC
) k CROSS JOIN LATERAL (
    SELECT {columns} FROM messaging_searchentry e {joins}
    WHERE e.conversation_id = s.conversation_id AND e.seq = k.seq AND e.rev = k.rev
      AND {entry} AND {terms} AND {live} OFFSET 0
) e
ORDER BY k.created_at DESC, k.seq DESC LIMIT {number}
"""
# At first a few of each conversation. Of them the last that is wanted is a bound: what is older is
# not wanted. Then, of the conversations that may have more in front of it, all that is.
BOUND = "AND k.created_at >= (SELECT coalesce(max(created_at), '-infinity') FROM bound)"
FEW_OF_EACH = """
{given},
first AS MATERIALIZED (SELECT s.place, e.* FROM scope s CROSS JOIN LATERAL ({some}) e),
bound AS MATERIALIZED (
    SELECT created_at FROM first ORDER BY created_at DESC OFFSET %(limit)s - 1 LIMIT 1),
unfinished AS MATERIALIZED (
    SELECT place FROM first GROUP BY place HAVING count(*) = %(some)s
        AND min(created_at) >= coalesce((SELECT created_at FROM bound), '-infinity'))
SELECT {columns} FROM (
    SELECT * FROM first WHERE place NOT IN (SELECT place FROM unfinished)
    UNION ALL
    SELECT s.place, e.* FROM scope s CROSS JOIN LATERAL ({whole}) e
    WHERE s.place IN (SELECT place FROM unfinished)
) e
ORDER BY {newest_first} LIMIT %(limit)s
"""
AT_ONCE = """
{scope}
SELECT {columns} FROM messaging_searchentry e
JOIN scope s ON s.conversation_id = e.conversation_id {joins}
WHERE {entry} AND {terms} AND {live} {times}
ORDER BY {newest_first} LIMIT %(limit)s
"""
# With few conversations, on a distributed database: each shard looks for those that it has.
FEW_ON_SHARDS = """
{given}
SELECT {columns} FROM messaging_searchentry e
JOIN scope s ON s.conversation_id = e.conversation_id {joins}
WHERE e.conversation_id = ANY(%(ids)s::uuid[]) AND {entry} AND {terms} AND {live} {times}
ORDER BY {newest_first} LIMIT %(limit)s
"""
# In the order of the index by time, which a join by hashes would not keep: so what the person sees
# is asked in two conditions, a cheap one by conversation and, of what is left, the whole.
FROM_NEWEST = """
{scope}
SELECT {columns} FROM messaging_searchentry e
WHERE (e.conversation_id IN (SELECT s.conversation_id FROM scope s)) IS TRUE AND {terms}
  AND EXISTS (SELECT FROM {own_spans} s {joins} WHERE {entry} AND {live}) {times}
ORDER BY {newest_first} LIMIT %(limit)s
"""

Row = Sequence[Any]


class Planning(NamedTuple):
    """Settings of the planner, as PostgreSQL spells them. A plan for any values was 600 times
    slower where it has to choose an index."""

    plans: str = "force_custom_plan"
    nested_loops: str = "on"
    bitmaps: str = "on"


_PLANNING = {
    # There is one way only.
    FEW_OF_EACH: Planning("force_generic_plan", bitmaps="off"),
    # The planner cannot know how many rows of the index a person's thousands of spans meet, and
    # would ask for each of them.
    AT_ONCE: Planning(nested_loops="off"),
}


def scope_statement(scope: Scope) -> str:
    """Gives rows for FindStatement: at most FEW + 1 of the spans, and how many there are."""
    return statement(SCOPE, scope=_scope(scope))


def scope_params(scope: Scope) -> dict[str, Any]:
    params = {"viewer": scope.viewer_id, "not_in": list(scope.not_in), "few": big(FEW + 1)}
    if scope.conversations is not None:
        params["only"] = list(scope.conversations)
    return params


def spans_on_shards(scope: Scope) -> Steps[Rows]:
    """The rows of `scope_statement`, which each shard is asked by itself."""
    return query(scope_statement(scope), scope_params(scope), merge=_merged_spans)


def _merged_spans(answers: Sequence[Rows]) -> Rows:
    number = sum(rows[0][-1] for rows in answers if rows)
    return [(*row[:-1], number) for row in all_rows(answers)[: FEW + 1]]


class FindStatement:
    """The statement, and its parameters."""

    def __init__(
        self, question: Question, spans: Sequence[Row], before: Key | None, limit: int
    ) -> None:
        known = frequencies()
        self._scope, self._is_behind = question.scope, before is not None
        number = spans[0][-1] if spans else 0
        is_few = number <= FEW
        if is_distributed():
            scan_from = inf
        else:
            scan_from = 0.0 if is_few else known.enough_to_scan(number, limit)
        conditions = Conditions(question, known, scan_from)
        self._terms = f"({conditions.sql()})"
        self._template = _template(is_few=is_few, is_scan=conditions.is_scan)
        is_usual = self._template is AT_ONCE and bool(self._scope.live)
        self.planning = Planning() if is_usual else _PLANNING.get(self._template, Planning())
        self._bits = conditions.bits() if self._template is FEW_OF_EACH else ""
        self.params = conditions.params | _key_params(before) | {"limit": big(limit)}
        self.params |= {"since": self._scope.since, "until": self._scope.until}
        self._spans = spans if is_few else None
        self._limit = limit
        if is_few:
            self.params |= _given(spans)
            self.params["some"] = big(max(1, limit // max(number, 1) + SPARE))
        if not is_few or self._scope.live:
            self.params |= scope_params(self._scope)

    def sql(self) -> str:
        parts = {
            "columns": COLUMNS,
            "entry": ENTRY,
            "joins": _joins(self._scope),
            "terms": "{terms}",
            "live": "{live}",
            "bits": "{bits}",
            "times": self._times("e"),
            "key_times": self._times("k"),
        }
        filled = statement(
            self._template,
            **parts,
            newest_first=NEWEST_FIRST,
            given=GIVEN,
            scope=_scope(self._scope),
            own_spans=sql.spans_of(sql.VIEWER, "ARRAY[e.conversation_id]"),
            some=READ.format(**parts, bound="", number="%(some)s"),
            whole=READ.format(**parts, bound=BOUND, number="%(limit)s"),
        )
        live = " AND ".join(_live(self._scope)) or "true"
        filled = filled.replace("{terms}", self._terms).replace("{bits}", self._bits)
        return filled.replace("{live}", live)

    def on_shards(self) -> Steps[Rows]:
        """The rows on a distributed database, where each shard is asked by itself: all, or those
        that have one of the person's few conversations."""
        if self._spans is None:
            return query(self.sql(), self.params, merge=self._newest)
        return self._of_few(self._spans)

    def _of_few(self, spans: Sequence[Row]) -> Steps[Rows]:
        text = of_one_shard(self.sql())
        of_each: dict[UUID, list[Row]] = {}
        for span in spans:
            of_each.setdefault(UUID(span[0]), []).append(span)
        queries = []
        for ids in by_shard(of_each):
            given = _given([span for each in ids for span in of_each[each]])
            queries.append(Query(text, {**self.params, **given, "ids": [*map(UUID, given["ids"])]}))
        answers = yield queries
        return self._newest(answers)

    def _newest(self, answers: Sequence[Rows]) -> Rows:
        return sorted(all_rows(answers), key=lambda row: row[:3], reverse=True)[: self._limit]

    def _times(self, alias: str) -> str:
        times = _times(self._scope, is_behind=self._is_behind)
        return " ".join(each.format(e=alias) for each in times)


def _template(*, is_few: bool, is_scan: bool) -> str:
    if is_distributed():
        return FEW_ON_SHARDS if is_few else AT_ONCE
    if is_few:
        return FEW_OF_EACH if is_scan else BY_CONVERSATION
    return FROM_NEWEST if is_scan else AT_ONCE


def _scope(scope: Scope) -> str:
    only = None if scope.conversations is None else "%(only)s::uuid[]"
    return statement(SPANS, spans=sql.spans_of(sql.VIEWER, only))


def _given(spans: Sequence[Row]) -> Mapping[str, Any]:
    return {
        "ids": [span[0] for span in spans],
        "froms": bigs(span[1] for span in spans),
        "tos": bigs(span[2] for span in spans),
        "to_revs": bigs(span[3] for span in spans),
    }


def _key_params(before: Key | None) -> dict[str, Any]:
    if before is None:
        return {}
    return {"at": before.created_at, "conversation": before.conversation_id, "seq": big(before.seq)}


def _times(scope: Scope, *, is_behind: bool) -> Iterator[str]:
    if scope.since is not None:
        yield SINCE
    if scope.until is not None:
        yield UNTIL
    if is_behind:
        yield BEHIND


def _live(scope: Scope) -> Iterator[str]:
    for name, is_wanted in scope.live:
        yield LIVE[name] if is_wanted else f"NOT {LIVE[name]}"


def _joins(scope: Scope) -> str:
    if not scope.live:
        return ""
    return (
        "LEFT JOIN messaging_message m ON m.conversation_id = e.conversation_id AND m.seq = e.seq"
        " AND m.deleted_at IS NULL"
    )
