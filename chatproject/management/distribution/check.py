"""Whether the tables of a distributed database are where they belong."""

from collections.abc import Iterable

from chatproject.management.distribution.catalog import (
    Distributed,
    distributed_tables,
    has_citus,
    tables,
)
from chatproject.management.distribution.plan import PLACEMENTS, Kind, colocated_with
from chatproject.management.distribution.steps import steps


def differences() -> list[str]:
    """What differs, a line each; nothing where all is as it should be."""
    if not has_citus():
        return ["The database is not distributed: it has no extension citus."]
    done = distributed_tables()
    left = [f"Not done: {step.text}." for step in steps()]
    return [*left, *_misplaced(done)]


def _misplaced(done: dict[str, Distributed]) -> Iterable[str]:
    there = tables()
    for table, found in done.items():
        if table in there and table not in PLACEMENTS and found.kind != Kind.LOCAL.value:
            yield f"{table} is {found.kind}, and belongs on the coordinator."
    for table, placement in PLACEMENTS.items():
        if table not in done:
            continue
        wanted = f"by {placement.column}" if placement.column else placement.kind.value
        if done[table].kind != wanted:
            yield f"{table} is {done[table].kind}, and belongs {wanted}."
        elif placement.column and _is_apart(done, table):
            yield f"{table} is not colocated with {colocated_with(table)}."


def _is_apart(done: dict[str, Distributed], table: str) -> bool:
    first = done.get(colocated_with(table))
    return first is None or first.colocation != done[table].colocation
