"""Asking a distributed database about several conversations: each by itself, in one round trip.

A statement goes to the node of its conversation if that is named by a parameter beside every table
that it looks into. One that takes it from another row (`m.conversation_id = s.conversation_id`) is
refused, or asks all nodes.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.distributed.distribution import shards
from chatproject.core.db.distributed.nodes import nodes
from chatproject.core.db.readings import REFUSED, Query, Rows, Steps, all_rows, look_up
from chatproject.core.db.statements import statement
from conversations.visibility import Visibility
from conversations.visibility.sql import CONVERSATION, SPANS, in_span, span_params

_FROM_ANOTHER_ROW = re.compile(r"\b(conversation_id|id) = (?:\w+\.conversation_id|[chw]\.id)\b")
_COLUMN_FROM_ANOTHER_ROW = re.compile(
    r"((?:\b\w+\.)?\b(?:conversation_id|id)) = (\w+\.conversation_id|[chw]\.id)\b"
)
_IDS = "ANY(%(ids)s::uuid[])"
_ONE_OF = "= ANY(ARRAY(SELECT unnest(%(ids)s::uuid[])))"

# How often conversations are grouped anew for one reading. A shard may be split while it asks.
TRIES_AFTER_SPLITS = 2

# The bound up to which the person sees changes of a message `m`, by the spans of its conversation,
# which are parameters; no row where they do not see it.
SPAN = statement(
    "SELECT max(s.to_rev) AS to_rev FROM {spans} WHERE {in_span} HAVING count(*) > 0",
    spans=SPANS,
    in_span=in_span("m.seq"),
)


class Condition(NamedTuple):
    """A condition on each row, and what is joined so that it can be asked."""

    sql: str
    join: str


def asked_once(condition: str) -> Condition:
    """As one PostgreSQL asks it: once of each row, however often it stands in the statement."""
    return Condition("is_live", f"CROSS JOIN LATERAL (SELECT {condition} AS is_live OFFSET 0) l")


def asked_in_place(condition: str) -> Condition:
    """As all nodes are asked it: Citus refuses a subquery without FROM beside a correlated one."""
    return Condition(f"({condition})", "")


@lru_cache(maxsize=100)
def of_one(text: str) -> str:
    """The statement about one conversation, `%(conversation)s`, made of one about those whose `ids`
    are a parameter, or that are in rows of a parameter. In those statements `c`, `h` and `w` are
    rows whose `id` is a conversation's."""
    return _FROM_ANOTHER_ROW.sub(rf"\1 = {CONVERSATION}::uuid", text).replace(
        _ONE_OF, f"= {CONVERSATION}::uuid"
    )


@lru_cache(maxsize=100)
def of_one_shard(text: str) -> str:
    """The statement about conversations whose `ids` are a parameter and all in one shard.

    Citus tells by the values which shard that is, but not from a subquery, and wants them beside
    every table.
    """
    beside = rf"(\1 = \2 AND \1 = {_IDS})"
    return _COLUMN_FROM_ANOTHER_ROW.sub(beside, text).replace(_ONE_OF, f"= {_IDS}")


def by_shard(ids: Iterable[UUID]) -> list[list[UUID]]:
    """The conversations of each shard. Only on a distributed database."""
    found = nodes.shards
    assert found is not None
    groups: dict[int, list[UUID]] = {}
    for each in ids:
        groups.setdefault(found.of(each), []).append(each)
    return list(groups.values())


def ask_shards(
    ids: Collection[UUID], queries_of: Callable[[list[list[UUID]]], list[Query]]
) -> Steps[list[Rows]]:
    """The answers to what `queries_of` asks of the conversations of each shard, by a statement of
    one shard. Where a shard turns out to be split, the conversations are grouped anew."""
    for _ in range(TRIES_AFTER_SPLITS):
        grouped_by = shards()
        assert grouped_by is not None
        queries = queries_of(by_shard(ids))
        answers = yield [each._replace(is_of_one_shard=True) for each in queries]
        if not any(rows is REFUSED for rows in answers):
            return answers
        yield from look_up(
            partial(nodes.learn_in_loop, grouped_by), partial(nodes.learn, grouped_by)
        )
    return (yield queries_of(by_shard(ids)))


def by_places(text: str, ids: Sequence[UUID], params: Mapping[str, Any]) -> Steps[Rows]:
    """Of a statement of one shard whose parameters are columns beside `ids`: each shard is asked
    with its own part of them."""
    places = _places(ids)

    def queries_of(groups: list[list[UUID]]) -> list[Query]:
        parts = [[place for each in group for place in places[each]] for group in groups]
        return [Query(text, _part({**params, "ids": ids}, it, len(ids))) for it in parts]

    return all_rows((yield from ask_shards(places, queries_of)))


def by_fewest(text: str, ids: Iterable[UUID], params: Mapping[str, Any]) -> Steps[Rows]:
    """Of a statement about conversations whose `ids` are a parameter: all shards are asked at once,
    which costs each of them half of what it does by itself, or those alone that have one."""

    def queries_of(groups: list[list[UUID]]) -> list[Query]:
        found = shards()
        assert found is not None
        if 2 * len(groups) > len(found.starts):
            return [Query(text, {**params, "ids": [each for group in groups for each in group]})]
        asked = of_one_shard(text)
        return [Query(asked, {**params, "ids": group}) for group in groups]

    return all_rows((yield from ask_shards(list(ids), queries_of)))


def by_conversation(text: str, ids: Iterable[UUID], params: Mapping[str, Any]) -> Steps[Rows]:
    """The rows of all conversations, in their order."""
    answers = yield [Query(text, {**params, "conversation": each}) for each in ids]
    return all_rows(answers)


def by_log(
    text: str,
    conversations: Sequence[UUID],
    params: Mapping[str, Any],
    answer_bytes: int | None = None,
    visibilities: Mapping[UUID, Visibility] | None = None,
) -> Steps[Rows]:
    """Of a statement whose parameters are columns beside `conversations`: each is asked with its
    own part of them, and by SPAN with what the person sees of it, where `visibilities` are given.

    A statement that is `fitting` has the running total and whether it goes on as third last and
    last column. Its rows are taken up to `answer_bytes` in all, and the last one says that others
    follow.
    """
    answers = yield [
        Query(
            text,
            {
                **_part(params, own, len(conversations)),
                **_spans(conversation_id, visibilities),
                "conversation": conversation_id,
            },
        )
        for conversation_id, own in _places(conversations).items()
    ]
    if answer_bytes is None:
        return all_rows(answers)
    return fitting_rows(answers, answer_bytes)


def _places(conversations: Iterable[UUID]) -> dict[UUID, list[int]]:
    """Where each of them stands."""
    found: dict[UUID, list[int]] = {}
    for place, conversation_id in enumerate(conversations):
        found.setdefault(conversation_id, []).append(place)
    return found


def _part(params: Mapping[str, Any], places: Sequence[int], size: int) -> dict[str, Any]:
    """Of each column the values at the places."""
    return {
        name: [value[place] for place in places]
        if isinstance(value, list) and len(value) == size
        else value
        for name, value in params.items()
    }


def _spans(
    conversation_id: UUID, visibilities: Mapping[UUID, Visibility] | None
) -> Mapping[str, Any]:
    if visibilities is None:
        return {}
    visibility = visibilities.get(conversation_id)
    return span_params(visibility.spans if visibility else ())


def merged(rows: Rows, answer_bytes: int, order: Callable[[tuple[Any, ...]], Any]) -> Rows:
    """The rows of several `fitting` statements, in which each row is a group of its own, as of one
    in this order."""
    return fitting_rows([[row] for row in sorted(rows, key=order)], answer_bytes)


def fitting_rows(answers: Sequence[Rows], answer_bytes: int) -> Rows:
    """The rows of several `fitting` statements as of one. Those of the first always fit."""
    taken: Rows = []
    total = 0
    for rows in answers:
        if not rows:
            continue
        *_, own_total, _, goes_on = rows[-1]
        if taken:
            taken[-1] = (*taken[-1][:-1], True)
            if total + own_total > answer_bytes:
                break
        total += own_total
        taken += rows
        if goes_on:
            break
    return taken
