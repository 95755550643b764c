"""The tables in which a worker keeps its shards, and statements rewritten to read them in place of
the distributed tables (decision 42).

Citus plans a statement about a distributed table anew at each execution, twice where another node
passes it on. A shard is a table like any other (`messaging_message_102034`): a statement about it
is prepared once a connection and keeps its plan.

What Citus would have seen to is seen to here. Shards move, and a table that was moved away stays
for a while, as it was then. So with the rows it is asked, in a later statement over the same
connection, whether the worker still has each shard by the same row of its own metadata (STILL_OWN).
That row has the number of the transaction that wrote it, so that a shard which left and came back
is another one; and none that would change it is prepared, so that the coordinator has not committed
a move, after which alone anything is written elsewhere.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from chatproject.core.db.distributed.shard_bindings import COPIED, Binding
from chatproject.core.db.pipeline import BINARY, TEXT, Statement, Step
from chatproject.core.db.statements import GENERIC, native

TEXTS_MAX = 300  # of statements about one stretch of hashes that are remembered

# No transaction has changed the row or is about to, unless it was given up. The column is read as
# it is now, and not as of the statement's snapshot. Its number lacks the upper half, which is that
# of the next number or one less.
_STANDS = """
(p.xmax = 0 OR pg_xact_status(greatest({next} - (({next} - p.xmax::text::bigint) & {mask}), 0)
    ::text::xid8) = 'aborted')
""".format(next="pg_snapshot_xmax(pg_current_snapshot())::text::bigint", mask=2**32 - 1)
_IS_OWN = """
p.groupid = (SELECT groupid FROM pg_catalog.pg_dist_local_group) AND NOT pg_is_in_recovery()
"""

# Of the worker that is asked: of each shard the distributed table, its group, the hashes from and
# to, the table that it is in, its number, and the transaction that wrote so.
OWN_TABLES = f"""
SELECT t.logicalrelid::regclass::text,
       CASE WHEN t.partmethod = 'h' THEN t.colocationid ELSE {COPIED} END,
       s.shardminvalue::int, s.shardmaxvalue::int,
       shard_name(t.logicalrelid, s.shardid), s.shardid, p.xmin::text
FROM pg_catalog.pg_dist_placement p
JOIN pg_catalog.pg_dist_shard s USING (shardid)
JOIN pg_catalog.pg_dist_partition t USING (logicalrelid)
WHERE (t.partmethod = 'h' OR t.partmethod = 'n' AND t.repmodel = 't') AND {_IS_OWN} AND {_STANDS}
"""  # noqa: S608 (constants)

# How many of these shards the worker has, by rows of these transactions. What is written later is
# of another transaction, so that it does not matter which of them wrote which row.
STILL_OWN = Statement(
    f"""
    SELECT count(*) FROM pg_catalog.pg_dist_placement p
    WHERE p.shardid = ANY($1::bigint[]) AND p.xmin = ANY($2::xid[]) AND {_IS_OWN} AND {_STANDS}
    """,  # noqa: S608 (constants)
    TEXT,
    TEXT,
)
# In the trip alone, which is a transaction: each plan is made once a connection and shard, and not
# for the first five times, nor whenever one for the values seems cheaper.
GENERIC_PLANS = Step(Statement(GENERIC))


class OwnTable(NamedTuple):
    name: str
    shard: str  # its number
    written_by: str


class Place:
    """All tables of one stretch of hashes, and the copies."""

    def __init__(self, tables: Mapping[str, OwnTable]) -> None:
        self._tables = tables
        self._asked: dict[Any, tuple[Statement, Sequence[OwnTable]]] = {}

    def has(self, binding: Binding) -> bool:
        return all(name in self._tables for name in binding.tables)

    def statement(
        self, sql: str, binding: Binding, types: tuple[int, ...], formats: tuple[Any, ...]
    ) -> tuple[Statement, Sequence[OwnTable]]:
        """The statement `sql` about these tables, and which they are."""
        key = sql, types, formats
        made = self._asked.get(key)
        if made is None:
            tables = [self._tables[name] for name in binding.tables]
            names = tuple(table.name for table in tables)
            made = _OwnStatement(sql, binding.tables, names, types, formats), tables
            if len(self._asked) >= TEXTS_MAX:  # those of searches are as different as people ask
                self._asked.clear()
            self._asked[key] = made
        return made


class OwnTables:
    """Of one worker, as OWN_TABLES answers."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        copies: dict[str, OwnTable] = {}
        groups: dict[int, dict[tuple[int, int], dict[str, OwnTable]]] = defaultdict(dict)
        for table, group, low, high, name, shard, written_by in rows:
            own = OwnTable(name, str(shard), written_by)
            if group == COPIED:
                copies[table] = own
            else:
                groups[group].setdefault((low, high), {})[table] = own
        self.copies = Place(copies)
        self._stretches = {group: sorted(places) for group, places in groups.items()}
        self._places = {
            group: [Place({**copies, **places[stretch]}) for stretch in sorted(places)]
            for group, places in groups.items()
        }

    def find(self, binding: Binding, hashes: Sequence[int]) -> Place | None:
        """Where all rows with these hashes are; None where the worker has not got them."""
        place: Place | None = self.copies
        if binding.group != COPIED:
            place = self._place(binding.group, hashes)
        return place if place is not None and place.has(binding) else None

    def _place(self, group: int, hashes: Sequence[int]) -> Place | None:
        stretches = self._stretches.get(group, ())
        found = bisect_right(stretches, (min(hashes), 2**31)) - 1
        if found < 0 or max(hashes) > stretches[found][1]:
            return None
        return self._places[group][found]


class _OwnStatement(Statement):
    """Is equal to another one of the same text. It makes the text when it is prepared, and does not
    keep it: there are as many texts as statements times shards."""

    def __init__(
        self,
        sql: str,
        tables: tuple[str, ...],
        names: tuple[str, ...],
        types: tuple[int, ...],
        formats: tuple[Any, ...],
    ) -> None:
        self._key = sql, names, types, formats
        self._hash = hash(self._key)
        self._tables = tables
        self.formats, self.types, self.answer = formats, types or None, BINARY

    @property
    def sql(self) -> bytes:  # type: ignore[override]
        sql, names, *_ = self._key
        return about(sql, dict(zip(self._tables, names, strict=True)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _OwnStatement) and self._key == other._key

    def __hash__(self) -> int:
        return self._hash


def about(sql: str, names: Mapping[str, str]) -> bytes:
    """The statement with other names of tables, and `$1`, `$2`, …"""
    parts = _parts(sql, tuple(names))
    return "".join(names.get(part, part) for part in parts).encode()


@lru_cache(maxsize=400)
def _parts(sql: str, tables: tuple[str, ...]) -> Sequence[str]:
    """The text, cut where a table is named."""
    text, _ = native(sql)
    return re.split(rf"\b({'|'.join(tables)})\b", text.decode())


def still_own(tables: Iterable[OwnTable]) -> tuple[Step, int]:
    """Asks of these tables, and with which answer they all are the worker's."""
    own = {table.shard: table.written_by for table in tables}
    shards, writers = (f"{{{','.join(part)}}}".encode() for part in (own, set(own.values())))
    return Step(STILL_OWN, (shards, writers)), len(own)
