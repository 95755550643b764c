"""Searching messages: candidates from the index, judged by the log, in pages.

By relevance the candidates are taken in blocks, the newest first, and ranked within a block: what a
common word costs does not depend on how often it was said, and every hit has its place on some
page. First come blocks of what has the words, then of what has them only as parts of others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from accounts.models import User
from chatproject.core.times import zone_of
from messaging.reads.answer_size import size_of
from messaging.search.contract import Candidate, Key, Question, Reach, Scope
from messaging.search.filters import resolve
from messaging.search.hits import Hit, hits_json, read_hits
from messaging.search.indexes import search_index
from messaging.search.matcher import Matcher, score
from messaging.search.query import Query

RANKED = 36  # candidates of a block: more are more to read, and few look beyond a page
PART = 25  # candidates whose messages are read at once
RANGE_BYTES = 12  # of a highlight as JSON
PATIENCE = 8  # blocks or pages of candidates that are looked through for one page


class Sort(Enum):
    RELEVANCE = "relevance"
    NEWEST = "newest"


class Position(NamedTuple):
    """Where a page goes on: in a block that begins behind `block`, after the candidate with
    `score` and `key`. None: from the beginning of the block, or of all."""

    reach: Reach
    block: Key | None = None
    score: float = 0.0
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`results` and `people` as JSON, and where the next page begins."""

    results: list[dict[str, Any]]
    people: list[dict[str, Any]]
    next: Position | None


def search_messages(
    *,
    viewer: User,
    query: Query,
    sort: Sort = Sort.RELEVANCE,
    position: Position | None = None,
    limit: int = 20,
    neighbours: int = 0,
    zone: str = "",
) -> Page:
    """The person's hits. Raises InvalidInput for a filter that names nothing, SearchTooSlow and
    SearchAway."""
    scope = resolve(query.filters, viewer_id=viewer.pk, zone=zone_of(zone or viewer.time_zone))
    if query.is_mute or (query.is_empty and not query.filters):
        return Page([], [], None)
    asked = languages_of(viewer)
    question = Question(query, scope, asked, Reach.WORDS)
    is_ranked = sort is Sort.RELEVANCE and bool(query.groups)
    ordered = _ranked(question, position) if is_ranked else _newest(question, position, limit)
    hits, following = _page(ordered, Matcher(query, asked), scope, limit)
    results, people = hits_json(viewer.pk, hits, neighbours=neighbours)
    return Page(results, people, following)


def languages_of(viewer: User) -> list[str]:
    """Of the stems that are asked for: the person's, and those that the chat is in."""
    return sorted({viewer.language, *(code for code, _ in settings.LANGUAGES)} - {""})


# Runs of candidates, and where to go on behind each of them.
_Ordered = Iterator[tuple[list[Candidate], list[Position]]]


def _page(
    ordered: _Ordered, matcher: Matcher, scope: Scope, limit: int
) -> tuple[list[Hit], Position | None]:
    """The first `limit` candidates that are hits, fewer where they are large (`answer_size`). Each
    run is loaded in parts of PART."""
    hits: list[Hit] = []
    size = 0
    last: Position | None = None
    seen: set[tuple[UUID, int]] = set()
    for number, (candidates, positions) in enumerate(ordered):
        step = min(limit + 1, PART)
        for start in range(0, len(candidates), step):
            part = candidates[start : start + step]
            found = {hit.place: hit for hit in read_hits(scope.viewer_id, part, matcher)}
            for candidate, position in zip(part, positions[start:], strict=False):
                place = candidate.key.conversation_id, candidate.key.seq
                hit = found.get(place)
                if hit is not None and place not in seen:
                    size += size_of(hit.message) + RANGE_BYTES * len(hit.match.ranges)
                    if len(hits) == limit or (hits and size > settings.ANSWER_BYTES // 2):
                        return hits, last
                    seen.add(place)
                    hits.append(hit)
                last = position
        if number == PATIENCE and last is not None:
            return hits, last
    return hits, None


def _newest(question: Question, position: Position | None, limit: int) -> _Ordered:
    reach = Reach.BOTH if question.query.may_have_parts else Reach.WORDS
    asked = replace(question, reach=reach)
    before = position.key if position else None
    size = limit + 1
    while True:
        found = search_index().find(asked, before=before, limit=size)
        yield found, [Position(reach, key=each.key) for each in found]
        if len(found) < size:
            return
        before = found[-1].key
        size = min(size * 2, RANKED)


def _ranked(question: Question, position: Position | None) -> _Ordered:
    at = position or Position(Reach.WORDS)
    for reach in _reaches(question.query, at.reach):
        asked = replace(question, reach=reach)
        block, after = at.block, at
        while True:
            found = search_index().find(asked, before=block, limit=RANKED)
            yield _in_order(question.query, reach, found, block, after)
            if len(found) < RANKED:
                break
            block, after = found[-1].key, Position(reach)
        at = Position(Reach.PARTS)


def _reaches(query: Query, first: Reach) -> Sequence[Reach]:
    if first is Reach.PARTS:
        return (Reach.PARTS,)
    return (Reach.WORDS, Reach.PARTS) if query.may_have_parts else (Reach.WORDS,)


def _in_order(
    query: Query, reach: Reach, found: Sequence[Candidate], block: Key | None, after: Position
) -> tuple[list[Candidate], list[Position]]:
    """A block by score; of two that fit as well the newer one first."""
    is_whole = reach is Reach.WORDS
    scored = [
        (round(score(query, each.text, is_whole=is_whole), 4), each.key, each) for each in found
    ]
    scored.sort(key=lambda entry: (-entry[0], *_descending(entry[1])))
    if after.key is not None:
        behind = (-after.score, *_descending(after.key))
        scored = [it for it in scored if (-it[0], *_descending(it[1])) > behind]
    positions = [Position(reach, block, points, key) for points, key, _ in scored]
    return [each for _, _, each in scored], positions


def _descending(key: Key) -> tuple[float, int, int]:
    return -key.created_at.timestamp(), -key.conversation_id.int, -key.seq
