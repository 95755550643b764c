"""Whether the database is distributed over several nodes by Citus, and over which shards.

`manage.py distribute` distributes it. A server finds out once, when it starts, and sends by other
statements from then on.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from chatproject.core.db.shard_bindings import COPIED, Binding, Table, Unbound, binding_of

# Any of the tables that are distributed by conversation; they have the same shards.
TABLE = "conversations_conversation"

HAS_CITUS = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')"
# The smallest hash of each shard. Without rows the table is not distributed.
SHARDS = """
SELECT shardminvalue::int FROM pg_dist_shard
WHERE logicalrelid = to_regclass(%s) AND shardminvalue IS NOT NULL ORDER BY 1
"""
# The tables that are distributed or copied: their group, and the column by which they are.
TABLES = """
SELECT logicalrelid::regclass::text,
       CASE WHEN partmethod = 'h' THEN colocationid ELSE %s END,
       CASE WHEN partmethod = 'h' THEN column_to_column_name(logicalrelid, partkey) ELSE '' END
FROM pg_dist_partition WHERE partmethod = 'h' OR partmethod = 'n' AND repmodel = 't'
"""
# Of each group of tables the smallest hash of each shard, and the number of the node that has it.
OWNERS = """
SELECT t.colocationid, s.shardminvalue::int, p.groupid
FROM (SELECT DISTINCT ON (colocationid) colocationid, logicalrelid
      FROM pg_dist_partition WHERE partmethod = 'h' ORDER BY 1, 2) t
JOIN pg_dist_shard s USING (logicalrelid) JOIN pg_dist_placement p USING (shardid)
ORDER BY 1, 2
"""


class Shards(NamedTuple):
    """The smallest hash of each shard, ascending."""

    starts: tuple[int, ...]

    def of(self, conversation_id: UUID) -> int:
        """The number of the shard that has the conversation.

        A shard that is split while we run has one number for both parts until that is noticed
        (`note`): what is sent to it in one transaction may need two nodes, which is slower and just
        as safe; a read about conversations of both is refused.
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


def note(found: Shards) -> None:
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


class Catalog:
    """Which tables are distributed by what, and which node has which hashes, as of a moment."""

    def __init__(
        self, tables: Iterable[tuple[str, int, str]], owners: Iterable[tuple[int, int, int]]
    ) -> None:
        self.tables = {name: Table(group, column) for name, group, column in tables}
        self.bindings: dict[str, Binding | Unbound] = {}
        self._owners: dict[int, tuple[list[int], list[int]]] = {}
        for group, start, node in owners:
            starts, nodes = self._owners.setdefault(group, ([], []))
            starts.append(start)
            nodes.append(node)

    @property
    def shards(self) -> Shards:
        """Of the conversations."""
        starts, _ = self._owners[self.tables[TABLE].group]
        return Shards(tuple(starts))

    def owner_of_conversation(self, conversation_id: UUID) -> int | None:
        return self.owner(self.tables[TABLE].group, [hash_of(conversation_id)])

    def owner(self, group: int, hashes: Sequence[int]) -> int | None:
        """The node that has the hashes of the group's tables; None where they are in several
        shards."""
        starts, nodes = self._owners.get(group, ((), ()))
        place = bisect_right(starts, min(hashes)) - 1
        is_one = place >= 0 and bisect_right(starts, max(hashes)) - 1 == place
        return nodes[place] if is_one else None

    def shard_of(self, group: int, value: int) -> int:
        """The number of the hash' shard among those of the group."""
        return bisect_right(self._owners[group][0], value) - 1

    def all_hashes(self, group: int) -> list[tuple[int, int]]:
        """The first and the last hash of each shard."""
        starts, _ = self._owners[group]
        return list(zip(starts, [*(start - 1 for start in starts[1:]), 2**31 - 1], strict=True))

    def keep_bindings_of(self, former: "Catalog") -> None:
        """What was found out about statements, where the tables are as they were."""
        if former.tables == self.tables:
            self.bindings = former.bindings

    def binding(self, sql: str) -> Binding | Unbound:
        found = self.bindings.get(sql)
        if found is None:
            found = self.bindings[sql] = binding_of(sql, self.tables)
        return found


def read_catalog() -> Catalog:
    """Only on a distributed database."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES, [COPIED])
        tables = cursor.fetchall()
        cursor.execute(OWNERS)
        return Catalog(tables, cursor.fetchall())


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
