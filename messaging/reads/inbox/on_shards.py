"""The inbox on a distributed database: all nodes are asked for the person's conversations, and then
each shard for the entries of those on the page that it has.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any
from uuid import UUID

from chatproject.core.db.readings import Query, Rows, Steps
from messaging.reads.inbox.statements import (
    ANY,
    INSIDE,
    LEFT,
    PAGE,
    THESE,
    UNREAD_ONLY,
    Source,
    rows_of,
)
from messaging.reads.shards import ask_shards, asked_in_place, fitting_rows, of_one, of_one_shard

COLUMNS = "s.conversation_id::text, s.pinned_at, s.activity"


def keys_of(source: Source, only: str = ANY) -> str:
    """The rows of a page as `list_of` in `statements` has them, without a version."""
    return rows_of(PAGE, source, only, columns=COLUMNS, asked=asked_in_place)


KEYS = {
    (False, False): keys_of(INSIDE),
    (False, True): keys_of(INSIDE, UNREAD_ONLY),
    (True, False): keys_of(LEFT),
    (True, True): keys_of(LEFT, UNREAD_ONLY),
}
_FIRST = datetime.min.replace(tzinfo=UTC)
ENTRY, ENTRIES = of_one(THESE), of_one_shard(THESE)


def merged_keys(limit: int, answers: Sequence[Rows]) -> Rows:
    """The first of the rows that KEYS has of each shard."""
    return sorted(chain.from_iterable(answers), key=place_of, reverse=True)[:limit]


def place_of(row: Sequence[Any]) -> tuple[datetime, datetime, UUID]:
    """By which a row of KEYS comes after those with a greater one."""
    conversation_id, pinned_at, activity = row
    return pinned_at or _FIRST, activity, UUID(conversation_id)


def entry_rows(ids: Sequence[UUID] | Sequence[str], params: dict[str, Any]) -> Steps[Rows]:
    """As THESE answers, in the order of the ids. Who may not know of a conversation gets no row."""
    keys = [each if isinstance(each, UUID) else UUID(each) for each in ids]
    answers = yield from ask_shards(
        keys,
        lambda parts: [Query(ENTRIES, {**params, "ids": part}, of_shard=THESE) for part in parts],
    )
    if _fit(answers, int(params["answer_bytes"])):
        places = {str(key): place for place, key in enumerate(keys)}
        return sorted((row for rows in answers for row in rows), key=lambda row: places[row[0]])
    # As many of the first as fit: that is known of each by itself alone.
    answers = yield [Query(ENTRY, {**params, "conversation": key}) for key in keys]
    return fitting_rows(answers, int(params["answer_bytes"]))


def _fit(answers: Sequence[Rows], answer_bytes: int) -> bool:
    ends = [rows[-1][-3:] for rows in answers if rows]
    return sum(end[0] for end in ends) <= answer_bytes and not any(end[-1] for end in ends)
