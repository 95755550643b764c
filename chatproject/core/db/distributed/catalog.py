"""Reads from Citus' catalog by which column each table is distributed, and which node has which
shards.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection

from chatproject.core.db.distributed.distribution import TABLE, Shards, hash_of
from chatproject.core.db.distributed.shard_bindings import (
    COPIED,
    Binding,
    Table,
    Unbound,
    binding_of,
)

# So many texts of statements are remembered. Those of searches are as different as what people ask.
TEXTS_MAX = 500

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
            if len(self.bindings) >= TEXTS_MAX:
                self.bindings.clear()
            found = self.bindings[sql] = binding_of(sql, self.tables)
        return found


def read_catalog() -> Catalog:
    """Only on a distributed database."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES, [COPIED])
        tables = cursor.fetchall()
        cursor.execute(OWNERS)
        return Catalog(tables, cursor.fetchall())
