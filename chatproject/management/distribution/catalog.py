"""What the database's catalog tells of its tables, keys and nodes."""

from typing import Any, NamedTuple

from django.db import connection

from chatproject.management.distribution.plan import Kind, placement_of


class ForeignKey(NamedTuple):
    name: str
    table: str
    column: str
    target: str

    @property
    def can_stay(self) -> bool:
        """Both ends are always on the same node."""
        one, other = placement_of(self.table), placement_of(self.target)
        if one.kind is not other.kind:
            return False
        return one.kind in (Kind.LOCAL, Kind.REFERENCE) or one.column == self.column


class UniqueIndex(NamedTuple):
    name: str
    table: str
    columns: tuple[str, ...]
    is_primary: bool
    constraint: str  # that it belongs to; empty for an index of its own

    @property
    def can_stay(self) -> bool:
        """It can be held on each node for itself."""
        placement = placement_of(self.table)
        return not placement.column or placement.column in self.columns


_FOREIGN_KEYS = """
SELECT c.conname, c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text
FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace AND c.conparentid = 0
ORDER BY 2, 1
"""
_UNIQUE = """
SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text,
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, n)
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number ORDER BY k.n),
       i.indisprimary, coalesce(c.conname, '')
FROM pg_index i
JOIN pg_class t ON t.oid = i.indrelid AND t.relnamespace = current_schema()::regnamespace
LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
WHERE i.indisunique ORDER BY 2, 1
"""
_TRIGGERS = """
SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2
"""
_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY 1
"""
# `n` is a reference table, `h` one that is sharded by the hash of a column; a table that is local
# and known to all nodes has `n`, too, and another replication model.
_DISTRIBUTED = """
SELECT p.logicalrelid::regclass::text, p.partmethod, p.repmodel, p.colocationid,
       coalesce(column_to_column_name(p.logicalrelid, p.partkey), '')
FROM pg_dist_partition p ORDER BY 1
"""


class Distributed(NamedTuple):
    """How Citus keeps a table."""

    method: str
    replication: str
    colocation: int
    column: str

    @property
    def kind(self) -> str:
        if self.method == "h":
            return f"by {self.column}"
        return Kind.REFERENCE.value if self.replication == "t" else Kind.LOCAL.value


def foreign_keys() -> list[ForeignKey]:
    return [ForeignKey(*row) for row in rows(_FOREIGN_KEYS)]


def unique_indexes() -> list[UniqueIndex]:
    return [
        UniqueIndex(name, table, tuple(columns), is_primary, constraint)
        for name, table, columns, is_primary, constraint in rows(_UNIQUE)
    ]


def triggers() -> list[tuple[Any, ...]]:
    """(table, name) of each."""
    return rows(_TRIGGERS)


def tables() -> set[str]:
    return {name for (name,) in rows(_TABLES)}


def distributed_tables() -> dict[str, Distributed]:
    """By name; nothing where Citus is missing."""
    if not has_citus():
        return {}
    return {table: Distributed(*rest) for table, *rest in rows(_DISTRIBUTED)}


def has_citus() -> bool:
    return bool(one("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')"))


def rows(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def one(sql: str, *params: Any) -> Any:
    """The first value of the first row."""
    return rows(sql, *params)[0][0]


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)
