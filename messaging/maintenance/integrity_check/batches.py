"""The integrity check reads in batches.

Each is one statement, and so one snapshot: the system may be in use meanwhile.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import big, fetch
from messaging.maintenance.integrity_check.differences import Difference
from messaging.maintenance.integrity_check.on_shards import pages as on_shards

SIZE = 2000
FIRST = UUID(int=0)

Rows = list[tuple[Any, ...]]


class Batch(NamedTuple):
    """How many rows were looked at, and what was wrong with them."""

    looked_at: int
    differences: Sequence[Difference]


def pages_by_seq(text: str) -> Iterator[Rows]:
    """Of a statement whose rows begin with a conversation and a seq, by which it goes on."""
    if is_distributed():
        yield from on_shards(text, FIRST)
        return
    place: tuple[UUID, int] = (FIRST, 0)
    while rows := fetch(text, {"conversation": place[0], "seq": big(place[1]), "limit": big(SIZE)}):
        yield rows
        place = rows[-1][:2]
