"""What a workload takes: machines, shards, Redis, storage, and what fails first."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tests.simulation.costs import CITUS, INBOX, ONE_POSTGRES, Costs, Prices, Store
from tests.simulation.placement import Placement, place
from tests.simulation.workload import Workload

TERABYTE = 1e12
# One primary: its cores, and what it may keep.
ONE_CORES, ONE_TERABYTES = 32, 4.0
# So much of the CPU is used at the busiest; the rest is for what goes wrong.
PLANNED = 0.6
RELAY_EVENTS = 8_000  # a second, of one relay
MOST_NODES = 1024
FOLLOWERS = "the followers of inboxes"


@dataclass(frozen=True, slots=True)
class Machines:
    """What is bought: cores of a machine, for how long rows stay hot, how many copies there are."""

    cores: int = 16
    hot_days: int = 30
    copies: int = 2
    node_terabytes: float = 2.0
    shards_a_node: int = 8


@dataclass(frozen=True, slots=True)
class Database:
    """`terabytes` without the copies; `batch` are the messages of a flush, `cores` of all nodes."""

    store: Store
    nodes: int
    node_cores: int
    shards: int
    placement: Placement
    batch: float
    cores: float
    terabytes: float
    room_terabytes: float
    wal_megabytes_a_second: float  # of a node

    @property
    def busiest_cores(self) -> float:
        return self.cores / self.nodes * self.placement.worst_node


@dataclass(frozen=True, slots=True)
class Servers:
    machines: int
    processes: int
    cores: float
    socket_gigabytes: float
    redis_servers: int
    redis_cores: float
    relays: int
    followers: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """`headroom`: how many times this load each part takes, as it is planned, before it is full."""

    database: Database
    servers: Servers
    archive_terabytes_a_year: float
    event_megabytes_a_second: float
    monthly: float
    headroom: Mapping[str, float]

    @property
    def fails_first(self) -> str:
        return min(self.headroom, key=lambda part: self.headroom[part])


def plan(
    workload: Workload, costs: Costs, machines: Machines, prices: Prices, *, seed: int = 1
) -> Cluster:
    """One PostgreSQL as long as it is enough, else Citus with as many nodes as CPU, disk and the
    busiest node ask for."""
    database = one_postgres(workload, costs, machines)
    if database.cores > ONE_CORES * PLANNED or database.terabytes > ONE_TERABYTES:
        database = citus(workload, costs, machines, seed=seed)
    servers = servers_for(workload, costs, machines, is_shared=database.store is CITUS)
    archive = workload.messages_a_day * 365 * costs.archive_bytes / TERABYTE
    cores = servers.machines * machines.cores + servers.redis_servers
    cores += database.nodes * database.node_cores * machines.copies
    disk = database.terabytes * machines.copies
    return Cluster(
        database=database,
        servers=servers,
        archive_terabytes_a_year=archive,
        event_megabytes_a_second=workload.messages_a_second * costs.event_bytes / 1e6,
        monthly=cores * prices.core
        + disk * prices.disk_terabyte
        + archive * prices.object_terabyte,
        headroom=headroom_of(workload, costs, machines, database, servers),
    )


def one_postgres(workload: Workload, costs: Costs, machines: Machines) -> Database:
    batch = batch_of(ONE_POSTGRES, workload.messages_a_second)
    cores = _store_cores(workload, costs, ONE_POSTGRES, batch, shards=1)
    return Database(
        store=ONE_POSTGRES,
        nodes=1,
        node_cores=min(ONE_CORES, max(2, math.ceil(cores / PLANNED))),
        shards=1,
        placement=place(workload, shards=1, nodes=1),
        batch=batch,
        cores=cores,
        terabytes=_hot_terabytes(workload, costs, machines),
        room_terabytes=ONE_TERABYTES,
        wal_megabytes_a_second=workload.messages_a_second * costs.wal_bytes / 1e6,
    )


def citus(workload: Workload, costs: Costs, machines: Machines, *, seed: int = 1) -> Database:
    """Adds nodes until the busiest of them is within its plan."""
    terabytes = _hot_terabytes(workload, costs, machines)
    second = workload.messages_a_second
    nodes = max(2, math.ceil(terabytes / machines.node_terabytes))
    while True:
        shards = nodes * machines.shards_a_node
        placed = place(workload, shards=shards, nodes=nodes, seed=seed)
        batch = batch_of(CITUS, second / shards)
        found = Database(
            store=CITUS,
            nodes=nodes,
            node_cores=machines.cores,
            shards=shards,
            placement=placed,
            batch=batch,
            cores=_store_cores(workload, costs, CITUS, batch, shards=shards),
            terabytes=terabytes,
            room_terabytes=nodes * machines.node_terabytes,
            wal_megabytes_a_second=second * costs.wal_bytes / nodes / 1e6,
        )
        if found.busiest_cores <= machines.cores * PLANNED or nodes >= MOST_NODES:
            return found
        nodes += max(1, nodes // 8)


def batch_of(store: Store, messages_a_second: float) -> float:
    """How many messages meet in a flush of a shard: those that come while the one before it is
    under way, where one process writes to the shard."""
    return max(1.0, min(float(store.many), messages_a_second * store.flush_seconds))


def servers_for(
    workload: Workload, costs: Costs, machines: Machines, *, is_shared: bool
) -> Servers:
    second = workload.messages_a_second
    visit = costs.connect + costs.inbox + workload.pages * costs.page
    cores = second * (costs.send + workload.listeners * costs.delivery)
    cores += workload.visits_a_second * visit
    count = max(2 if is_shared else 1, math.ceil(cores / (machines.cores * PLANNED)))
    processes = count * max(1, min(machines.cores, math.ceil(cores / PLANNED / count)))
    redis_cores = second * costs.publish if processes > 1 else 0.0
    return Servers(
        machines=count,
        processes=processes,
        cores=cores,
        socket_gigabytes=workload.sockets * costs.socket_bytes / 1e9,
        redis_servers=0 if processes == 1 else max(1, math.ceil(redis_cores / PLANNED)),
        redis_cores=redis_cores,
        relays=max(1, math.ceil(second / RELAY_EVENTS)),
        # Where inboxes are by entries; each has a core of its own.
        followers=math.ceil(_follower_cores(workload, costs) / PLANNED) if is_shared else 0,
    )


def headroom_of(
    workload: Workload, costs: Costs, machines: Machines, database: Database, servers: Servers
) -> dict[str, float]:
    second, store = workload.messages_a_second, database.store
    # A conversation's row is locked for each flush, so its flushes are one after the other.
    one_row = store.many / store.flush_seconds / (second * database.placement.busiest)
    found = {
        "CPU of the busiest node": database.node_cores / database.busiest_cores,
        "disk of the nodes": database.room_terabytes / database.terabytes,
        "CPU of the servers": servers.machines * machines.cores / servers.cores,
        "the busiest conversation": one_row,
        "the relay": servers.relays * RELAY_EVENTS / second,
    }
    if servers.followers:
        found[FOLLOWERS] = servers.followers / _follower_cores(workload, costs)
    if servers.redis_servers:
        found["CPU of Redis"] = servers.redis_servers / servers.redis_cores
    return found


def _follower_cores(workload: Workload, costs: Costs) -> float:
    return workload.entries_a_second * costs.entry


def _store_cores(
    workload: Workload, costs: Costs, store: Store, batch: float, *, shards: int
) -> float:
    if store is ONE_POSTGRES:
        inbox, page = costs.inbox_store, costs.page_store
    else:
        asked = shards * (1 - (1 - 1 / shards) ** INBOX)  # those that have any of them
        inbox = costs.inbox_citus_store + asked * costs.inbox_shard_store
        page = costs.page_citus_store
    visit = costs.connect_store + inbox + workload.pages * page
    writes = workload.messages_a_second * store.message_seconds(batch)
    entries = 0.0 if store is ONE_POSTGRES else workload.entries_a_second * costs.entry_store
    return writes + entries + workload.visits_a_second * visit


def _hot_terabytes(workload: Workload, costs: Costs, machines: Machines) -> float:
    bytes_each = costs.row_bytes + costs.search_bytes
    return workload.messages_a_day * machines.hot_days * bytes_each / TERABYTE
