"""The steps from a database on one PostgreSQL to a distributed one, as far as they are left.

They are told from the catalog each time, so that a run that was interrupted is gone on with, and
one that is over has none. The constraints that are dropped are those that PostgreSQL could only
check by asking another node; `check` asks in their place.
"""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection, transaction

from chatproject.management.distribution.catalog import (
    UniqueIndex,
    distributed_tables,
    foreign_keys,
    has_citus,
    one,
    quoted,
    rows,
    tables,
    triggers,
    unique_indexes,
)
from chatproject.management.distribution.plan import (
    BY_CONVERSATION,
    BY_PERSON,
    PLACEMENTS,
    REFERENCE,
    colocated_with,
    placement_of,
)


class Step(NamedTuple):
    """Something to do in a transaction of its own, by these statements."""

    text: str
    statements: tuple[str, ...]


def obstacles() -> list[str]:
    """What has to be changed by an operator before anything can be distributed."""
    if not has_citus():
        return ["The database has no extension citus. As a superuser: CREATE EXTENSION citus."]
    found = []
    if not one("SELECT EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0)"):
        found.append(
            "The coordinator is not known to the nodes. As a superuser: "
            "SELECT citus_set_coordinator_host('its address')."
        )
    if not one(
        "SELECT EXISTS (SELECT FROM pg_dist_node WHERE shouldhaveshards AND noderole = 'primary')"
    ):
        found.append(
            "There is no node to place shards on. As a superuser: "
            "SELECT citus_add_node('its address', 5432)."
        )
    if one("SELECT EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0 AND shouldhaveshards)"):
        found.append(
            "The coordinator is to have shards, and then cannot keep tables of its own beside "
            "them. As a superuser: SELECT citus_set_node_property(host, port, "
            "'shouldhaveshards', false)."
        )
    found += _missing_roles()
    found += [
        f"{table} has the trigger {name}, which cannot be distributed. Drop it."
        for table, name in triggers()
        if table in PLACEMENTS
    ]
    return found + _without_place()


def _missing_roles() -> list[str]:
    answers = rows(
        "SELECT nodename, nodeport, result FROM run_command_on_workers(format("
        "'SELECT count(*) FROM pg_roles WHERE rolname = %L', current_user))"
        " JOIN pg_dist_node USING (nodename, nodeport)"
    )
    return [
        f"{host}:{port} lacks the role of DATABASE_URL, or does not answer: {result}."
        for host, port, result in answers
        if result != "1"
    ]


def _without_place() -> list[str]:
    """Rows that belong to no conversation or person, which so have no shard."""
    there = tables() - distributed_tables().keys()
    found = []
    for table, placement in PLACEMENTS.items():
        if placement.column and table in there:
            column = quoted(placement.column)
            count = one(f"SELECT count(*) FROM {quoted(table)} WHERE {column} IS NULL")  # noqa: S608
            if count:
                found.append(f"{table} has {count} rows without {placement.column}.")
    return found


def steps() -> list[Step]:
    """What is left to be done, in order."""
    return [*_drop_foreign_keys(), *_replace_unique_indexes(), *_distribute(), *_free()]


def carry_out(step: Step) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # As Citus wants it of whoever has changed another table in the same transaction.
        cursor.execute("SET LOCAL citus.multi_shard_modify_mode TO 'sequential'")
        for sql in step.statements:
            cursor.execute(sql)


def _drop_foreign_keys() -> Iterable[Step]:
    for key in foreign_keys():
        if not key.can_stay:
            yield Step(
                f"Drop the foreign key from {key.table}.{key.column} to {key.target}",
                (f"ALTER TABLE {quoted(key.table)} DROP CONSTRAINT {quoted(key.name)}",),
            )


def _replace_unique_indexes() -> Iterable[Step]:
    for index in unique_indexes():
        if not index.can_stay:
            yield _primary_key(index) if index.is_primary else _plain_index(index)


def _primary_key(index: UniqueIndex) -> Step:
    """With the column in front. Rows are still looked up by what was the key before."""
    table, column = quoted(index.table), placement_of(index.table).column
    key = ", ".join(map(quoted, (column, *index.columns)))
    return Step(
        f"Make ({key}) the primary key of {index.table}",
        (
            f"ALTER TABLE {table} DROP CONSTRAINT {quoted(index.constraint)}",
            f"ALTER TABLE {table} ADD CONSTRAINT {quoted(index.constraint)} PRIMARY KEY ({key})",
            _create_index(index),
        ),
    )


def _plain_index(index: UniqueIndex) -> Step:
    drop = (
        f"ALTER TABLE {quoted(index.table)} DROP CONSTRAINT {quoted(index.constraint)}"
        if index.constraint
        else f"DROP INDEX {quoted(index.name)}"
    )
    columns = ", ".join(index.columns)
    return Step(
        f"Let PostgreSQL no longer check that {index.table} ({columns}) is unique",
        (drop, _create_index(index)),
    )


def _create_index(index: UniqueIndex) -> str:
    name = quoted(f"{index.table}_{'_'.join(index.columns)}_plain"[:63])
    columns = ", ".join(map(quoted, index.columns))
    return f"CREATE INDEX IF NOT EXISTS {name} ON {quoted(index.table)} ({columns})"


def _distribute() -> Iterable[Step]:
    done, there = distributed_tables(), tables()
    for table in REFERENCE:
        if table in there and table not in done:
            yield Step(
                f"Copy {table} to every node", (f"SELECT create_reference_table('{table}')",)
            )
    for table, column in {**BY_CONVERSATION, **BY_PERSON}.items():
        if table in there and table not in done:
            first = colocated_with(table)
            group = "none" if table == first else first
            arguments = f"'{table}', '{column}', colocate_with => '{group}'"
            yield Step(
                f"Shard {table} by {column}", (f"SELECT create_distributed_table({arguments})",)
            )


def _free() -> Iterable[Step]:
    """What was copied to the shards still takes up space where it came from, where nothing reads
    it any more."""
    for table in distributed_tables():
        if table in PLACEMENTS and one("SELECT pg_relation_size(%s::regclass)", table):
            yield Step(
                f"Free the space that {table} took on the coordinator",
                (f"SELECT truncate_local_data_after_distributing_table('{table}')",),
            )
