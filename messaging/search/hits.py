"""Hits: candidates as the log now shows them to the person, with their neighbours."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.distributed.thread_readings import read_past_citus
from chatproject.core.db.readings import Rows, Steps, read
from chatproject.core.db.statements import big, bigs, fetch, statement
from chatproject.core.text_folding import folded
from conversations.visibility import sql, visibilities_of
from messaging.archive.reading import across, archived_around, archived_params
from messaging.archive.rows import Row
from messaging.reads import shards
from messaging.reads.answer_size import fitting, size_params
from messaging.reads.message_rows import (
    OF_MANY,
    OF_ONE,
    VisibleMessage,
    Watermarks,
    message_from_row,
    viewer_json,
)
from messaging.reads.people import people_in
from messaging.reads.watermarks import watermarks_for
from messaging.search.contract import Candidate
from messaging.search.matcher import Match, Matcher
from messaging.search.names import titles

MAX_NEIGHBOURS = 10
# How far away a neighbour may be, so that nobody walks through what is hidden.
FAR = 50

SPAN = statement(
    """
    SELECT max(s.to_rev) AS to_rev FROM scope s
    WHERE s.conversation_id = m.conversation_id AND {in_span} HAVING count(*) > 0
    """,
    in_span=sql.in_span("m.seq"),
)
# Of hits in any conversations, and of those in one: a distributed database asks for each its node.
OF_ANY = {
    "scope": statement(
        "WITH scope AS MATERIALIZED (SELECT * FROM {spans} s)",
        spans=sql.spans_of(sql.VIEWER, "%(ids)s::uuid[]"),
    ),
    "asked": "unnest(%(ids)s::uuid[], %(seqs)s::bigint[]) AS h(conversation_id, seq)",
    "conversation": "h.conversation_id",
    "span": SPAN,
    "in_timeline": sql.in_timeline(),
    **OF_MANY._asdict(),
}
OF_ONE_CONVERSATION = {
    "scope": "",
    "asked": "unnest(%(seqs)s::bigint[]) AS h(seq)",
    "conversation": f"{sql.CONVERSATION}::uuid",
    "span": shards.SPAN,
    "in_timeline": sql.in_timeline(),
    **OF_ONE._asdict(),
}
HITS = """
    {scope}
    SELECT {columns}
    FROM {asked}
    JOIN messaging_message m ON m.conversation_id = {conversation} AND m.seq = h.seq
    CROSS JOIN LATERAL ({span}) s {joins}
    WHERE m.deleted_at IS NULL AND m.kind <> 'system' AND {not_hidden}
"""
AROUND = """
    {scope}
    SELECT {conversation}::text AS log, h.seq AS hit, {columns}, abs(m.seq - h.seq) AS distance
    FROM {asked}
    JOIN messaging_message hit ON hit.conversation_id = {conversation} AND hit.seq = h.seq
    CROSS JOIN LATERAL (
        SELECT m.*, s.to_rev FROM messaging_message m CROSS JOIN LATERAL ({span}) s
        WHERE m.conversation_id = {conversation} AND m.seq {side}
          AND m.kind <> 'system' AND {not_hidden}
          AND CASE WHEN hit.thread_only THEN hit.thread_seq IN (m.seq, m.thread_seq)
                   ELSE {in_timeline} END
        ORDER BY m.seq {order} LIMIT %(limit)s
    ) m
    CROSS JOIN LATERAL (SELECT m.to_rev) s {joins}
    OFFSET 0
"""


class HitStatements(NamedTuple):
    """Statements that read hits: in any conversations, in those of one shard, and in a single
    conversation, beside its archived messages."""

    of_any: str
    of_one_shard: str
    of_one: str


HIT_STATEMENTS = HitStatements(
    statement(HITS, **OF_ANY),
    shards.of_one_shard(statement(HITS, **OF_ANY)),
    statement(HITS, **OF_ONE_CONVERSATION),
)
APART = "PARTITION BY log, distance, hit"
BEFORE, AFTER = (
    # Where they do not fit into an answer, the farthest are left out: those of several statements
    # by `merged`.
    HitStatements(
        fitting(statement(AROUND, **side, **OF_ANY), order="distance, hit"),
        fitting(
            shards.of_one_shard(statement(AROUND, **side, **OF_ANY)),
            order="distance, hit",
            group=APART,
        ),
        fitting(
            statement(AROUND, **side, **OF_ONE_CONVERSATION), order="distance, hit", group=APART
        ),
    )
    for side in (
        {"side": f"BETWEEN h.seq - {FAR} AND h.seq - 1", "order": "DESC"},
        {"side": f"BETWEEN h.seq + 1 AND h.seq + {FAR}", "order": "ASC"},
    )
)

MessagePlace = tuple[UUID, int]

_ADDED = -4  # the distance, and what `fitting` adds


class Hit(NamedTuple):
    message: VisibleMessage
    match: Match
    place: MessagePlace


def read_hits(viewer_id: UUID, candidates: Sequence[Candidate], matcher: Matcher) -> Iterator[Hit]:
    """Those of the candidates that the person sees and that match as they stand; in no order."""
    if not candidates:
        return
    languages = {(it.key.conversation_id, it.key.seq): it.language for it in candidates}
    messages = _read(viewer_id, languages)
    missing = languages.keys() - messages.keys()
    if archived := archived_around(missing):
        messages |= _read(viewer_id, missing, archived)
    for place, message in messages.items():
        found = matcher.match(folded(message.row["body"]), languages[place])
        if found is not None:
            yield Hit(message, found, place)


def _read(
    viewer_id: UUID, places: Collection[MessagePlace], archived: Sequence[Row] = ()
) -> dict[MessagePlace, VisibleMessage]:
    rows = _rows(HIT_STATEMENTS, {"viewer": viewer_id, **_places(places)}, archived)
    messages = map(message_from_row, rows)
    return {(UUID(str(it.row["conversation_id"])), it.row["seq"]): it for it in messages}


def _rows(statements: HitStatements, params: dict[str, Any], archived: Sequence[Row]) -> Rows:
    """Of all hits whose places the parameters are. A distributed database is asked shard by shard,
    and where files are read beside it, by conversation."""
    ids = params["ids"]
    if archived:
        params |= archived_params(archived)
    if not is_distributed():
        return fetch(across(statements.of_any) if archived else statements.of_any, params)
    if not archived:
        return read_past_citus(lambda: shards.by_places(statements.of_one_shard, ids, params))
    visibilities = visibilities_of(params["viewer"], set(ids))
    return read(shards.by_log(across(statements.of_one), ids, params, visibilities=visibilities))


def hits_json(
    viewer_id: UUID, hits: Sequence[Hit], *, neighbours: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The hits as JSON in their order, and the people in them."""
    places = [hit.place for hit in hits]
    ids = {conversation_id for conversation_id, _ in places}
    known = titles(viewer_id, ids)
    around = _around(viewer_id, places, neighbours) if neighbours and places else {}
    others = [it for sides in around.values() for side in sides for it in side]
    everything = [*(hit.message for hit in hits), *others]
    own = any(message.is_own for message in everything)
    watermarks = read_past_citus(lambda: _watermarks(viewer_id, ids, everything)) if own else {}

    def as_json(message: VisibleMessage) -> dict[str, Any]:
        return viewer_json(message, watermarks.get(str(message.row["conversation_id"])))

    results = []
    for hit in hits:
        if hit.place[0] not in known:
            continue  # it was left for good between two statements
        result = {
            "message": as_json(hit.message),
            "conversation": known[hit.place[0]],
            "highlights": [list(each) for each in hit.match.ranges],
        }
        if neighbours:
            sides = around.get(hit.place, ([], []))
            before, after = (list(map(as_json, side)) for side in sides)
            result["neighbours"] = {"before": before, "after": after}
        results.append(result)
    return results, read_past_citus(lambda: people_in.steps(everything))


def _watermarks(
    viewer_id: UUID, ids: Collection[UUID], messages: Collection[VisibleMessage]
) -> Steps[dict[str, Watermarks]]:
    visibilities = yield from visibilities_of.steps(viewer_id, ids)
    return (yield from watermarks_for.steps(viewer_id, list(visibilities.values()), messages))


def _around(
    viewer_id: UUID, places: Sequence[MessagePlace], number: int
) -> dict[MessagePlace, tuple[list[VisibleMessage], list[VisibleMessage]]]:
    """What the person sees before and after each of the messages, ascending."""
    found: dict[MessagePlace, tuple[list[VisibleMessage], list[VisibleMessage]]] = {
        place: ([], []) for place in places
    }
    params: dict[str, Any] = {
        "viewer": viewer_id,
        "limit": big(number),
        **_places(places),
        **size_params(parts=4),  # half of it has the hits, and each side a quarter
    }
    archived = archived_around(places, FAR)
    for side, statements in enumerate((BEFORE, AFTER)):
        rows = _rows(statements, params, archived)
        if is_distributed():
            rows = shards.merged(rows, params["answer_bytes"], lambda row: (row[_ADDED], row[1]))
        for conversation_id, seq, *row in rows:
            found[UUID(conversation_id), seq][side].append(message_from_row(row[:_ADDED]))
    for sides in found.values():
        for messages in sides:
            messages.sort(key=lambda message: message.row["seq"])
    return found


def _places(places: Collection[MessagePlace]) -> dict[str, Any]:
    return {
        "ids": [conversation_id for conversation_id, _ in places],
        "seqs": bigs(seq for _, seq in places),
    }
