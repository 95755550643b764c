"""Whether the tables of a distributed database are where they belong."""

from collections.abc import Iterable
from typing import Any

import psycopg
from django.db import connection

from chatproject.core.db.distributed.hosts import COORDINATOR, Address, at, hosts
from chatproject.management.distribution.catalog import (
    Distributed,
    distributed_tables,
    has_citus,
    rows,
    tables,
)
from chatproject.management.distribution.plan import PLACEMENTS, Kind, colocated_with
from chatproject.management.distribution.steps import steps

_MEMBERS = "SELECT groupid FROM pg_dist_node WHERE isactive"
_CLUSTER = "SELECT metadata->>'server_id' FROM pg_dist_node_metadata"


def differences() -> list[str]:
    """What differs, a line each; nothing where all is as it should be."""
    if not has_citus():
        return ["The database is not distributed: it has no extension citus."]
    done = distributed_tables()
    left = [f"Not done: {step.text}." for step in steps()]
    return [*left, *_misplaced(done), *host_differences()]


def host_differences() -> list[str]:
    """What is wrong with the hosts of DATABASE_URL, where it names several; a line each."""
    params = connection.params_of_all_hosts()  # type: ignore[attr-defined]
    members = {group for (group,) in rows(_MEMBERS)}
    found = [f"{address} of DATABASE_URL does not answer." for address in hosts.silent(params)]
    for group, addresses in hosts.groups(params).items():
        own = ", ".join(map(str, addresses))
        if group not in members:
            found.append(f"{own} of DATABASE_URL is no node of the coordinator's cluster.")
        elif group == COORDINATOR and len({_cluster_of(params, it) for it in addresses}) > 1:
            found.append(f"{own} of DATABASE_URL are coordinators of different clusters.")
    return found


def _cluster_of(params: dict[str, Any], address: Address) -> str:
    """Its mark, which a standby has from its primary."""
    wanted = {**at(params, [address]), "target_session_attrs": "any", "autocommit": True}
    with psycopg.connect(**wanted) as raw:
        row = raw.execute(_CLUSTER).fetchone()
    return "" if row is None else str(row[0])


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
