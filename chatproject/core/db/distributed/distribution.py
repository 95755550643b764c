"""Whether the database is distributed over several nodes by Citus, and over which shards.

`manage.py distribute` distributes it. A server finds out once, when it starts, and sends by other
statements from then on.
"""

from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.db import connection

# Any of the tables that are distributed by conversation; they have the same shards.
TABLE = "conversations_conversation"

HAS_CITUS = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')"
# The smallest hash of each shard. Without rows the table is not distributed.
SHARDS = """
SELECT shardminvalue::int FROM pg_dist_shard
WHERE logicalrelid = to_regclass(%s) AND shardminvalue IS NOT NULL ORDER BY 1
"""


class Shards(NamedTuple):
    """The smallest hash of each shard, ascending."""

    starts: tuple[int, ...]

    def of(self, conversation_id: UUID) -> int:
        """The number of the shard that has the conversation.

        A shard that is split while we run has one number for both parts until that is noticed
        (`note`): what is sent to it in one transaction may need two nodes, which is slower and just
        as safe; a read about conversations of both is refused, and asked again
        (`messaging.reads.shards`).
        """
        return bisect_right(self.starts, hash_of(conversation_id)) - 1


_found: list[Shards | None] = []


def shards() -> Shards | None:
    """The shards of the conversations; None where the database is not distributed.

    Asks the database at the first call of the process, so a server calls it before its event loop
    has to.
    """
    if not _found:
        _found.append(read_shards())
    return _found[0]


def note(found: Shards | None) -> None:
    """These are the shards from now on."""
    _found[:] = [found]


def read_shards() -> Shards | None:
    with connection.cursor() as cursor:
        cursor.execute(HAS_CITUS)
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(SHARDS, [TABLE])
        starts = tuple(start for (start,) in cursor.fetchall())
    return Shards(starts) if starts else None


def is_distributed() -> bool:
    return shards() is not None


def forget() -> None:
    """Has the next call of `shards` ask again."""
    _found.clear()


# Citus places a row by PostgreSQL's own hash of its column, `uuid_hash`, which for 16 bytes is
# Bob Jenkins' lookup3 (https://burtleburtle.net/bob/c/lookup3.c, in the public domain).
_MASK = 0xFFFF_FFFF
_BEGIN = (0x9E37_79B9 + 16 + 3_923_095) & _MASK  # as PostgreSQL begins for 16 bytes
_MIX, _FINISH = (4, 6, 8, 16, 19, 4), (14, 11, 25, 16, 4, 14, 24)  # by how many bits to rotate


@lru_cache(maxsize=10_000)
def hash_of(value: UUID) -> int:
    """PostgreSQL's `uuid_hash`, from -2^31 to 2^31 - 1."""
    words = [int.from_bytes(value.bytes[n : n + 4], "little") for n in (0, 4, 8, 12)]
    a, b, c = [_BEGIN + word & _MASK for word in words[:3]]
    for bits in _MIX:  # the three take turns
        a, b, c = b, c + b & _MASK, (a - c & _MASK) ^ _rotated(c, bits)
    a = a + words[3] & _MASK
    for bits in _FINISH:
        a, b, c = b, (c ^ b) - _rotated(b, bits) & _MASK, a
    return b - 2**32 if b >= 2**31 else b


def _rotated(number: int, bits: int) -> int:
    return (number << bits | number >> (32 - bits)) & _MASK
