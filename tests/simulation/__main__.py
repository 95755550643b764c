"""python -m tests.simulation --people 20000000: prints the cluster, and takes other figures."""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, asdict, fields
from typing import Any

from tests.simulation.cluster import Cluster, Database, Machines, plan
from tests.simulation.costs import Costs, Prices
from tests.simulation.workload import Workload

PARTS: tuple[Any, ...] = (Workload, Costs, Machines, Prices)


def main(arguments: Sequence[str] | None = None) -> int:
    options = vars(_parser().parse_args(arguments))
    made = [part(**{it.name: options[it.name] for it in fields(part)}) for part in PARTS]
    workload, costs, machines, prices = made
    cluster = plan(workload, costs, machines, prices, seed=options["seed"])
    print(json.dumps(_report(workload, cluster)) if options["json"] else _text(workload, cluster))
    return 0


def _parser() -> argparse.ArgumentParser:
    """An option for each figure of each part."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="another throw of the conversations")
    parser.add_argument("--json", action="store_true")
    for part in PARTS:
        group = parser.add_argument_group(part.__name__.lower(), part.__doc__.split("\n")[0])
        for it in fields(part):
            name = f"--{it.name.replace('_', '-')}"
            kind = _whole if it.type is int else _positive
            if it.default is MISSING:
                group.add_argument(name, type=kind, required=True)
            else:
                group.add_argument(name, type=kind, default=it.default, help=f"{it.default:g}")
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e15:
        raise ValueError
    return value


def _whole(text: str) -> int:
    value = int(text.replace("_", ""))
    if not 0 < value < 10**12:
        raise ValueError
    return value


def _report(workload: Workload, cluster: Cluster) -> dict[str, Any]:
    return {
        "workload": asdict(workload),
        "cluster": asdict(cluster) | {"fails_first": cluster.fails_first},
    }


def _text(workload: Workload, cluster: Cluster) -> str:
    parts = sorted(cluster.headroom.items(), key=lambda part: part[1])
    lines = [
        *_load_lines(workload),
        *_database_lines(workload, cluster.database),
        *_rest_lines(cluster),
        ("fails first", cluster.fails_first),
        *((f"  {name}", f"full at {times:,.1f} times this") for name, times in parts),
    ]
    return "\n".join(f"{name:28}{value}" for name, value in lines)


Lines = Iterator[tuple[str, str]]


def _load_lines(load: Workload) -> Lines:
    yield "people a day", f"{load.people:,}"
    yield "messages a day", f"{load.messages_a_day:,.0f}"
    yield "at the busiest", f"{load.messages_a_second:,.0f} messages/s"
    yield "", f"{load.visits_a_second:,.0f} visits/s, {load.sockets:,.0f} sockets"


def _database_lines(load: Workload, found: Database) -> Lines:
    placed = found.placement
    yield "database", f"{found.store.name}: {found.nodes} nodes of {found.node_cores} cores"
    yield "  shards", f"{found.shards}; {found.batch:.1f} messages a flush"
    yield "  CPU", f"{found.cores:,.1f} cores"
    yield (
        "  busiest node and shard",
        f"{placed.worst_node:.2f}, {placed.worst_shard:.2f} of the mean",
    )
    yield "  busiest conversation", f"{placed.busiest * load.messages_a_second:,.1f} messages/s"
    yield "  hot rows and indexes", f"{found.terabytes:,.2f} TB, without copies"
    yield "  WAL of a node", f"{found.wal_megabytes_a_second:,.1f} MB/s"


def _rest_lines(cluster: Cluster) -> Lines:
    servers = cluster.servers
    yield "servers", f"{servers.machines} machines, {servers.processes} processes"
    yield "  CPU", f"{servers.cores:,.1f} cores"
    yield "  memory of sockets", f"{servers.socket_gigabytes:,.1f} GB"
    yield "Redis", f"{servers.redis_servers} servers, {servers.redis_cores:.2f} cores"
    yield "relays", f"{servers.relays}; {cluster.event_megabytes_a_second:,.1f} MB/s of events"
    yield "followers of inboxes", f"{servers.followers}"
    yield "archive", f"{cluster.archive_terabytes_a_year:,.1f} TB a year"
    yield "a month", f"{cluster.monthly:,.0f}"


if __name__ == "__main__":
    raise SystemExit(main())
