"""Throws conversations onto shards, and shards onto nodes, and looks who gets how much.

Conversations are not alike: a few have much of the traffic. The busiest are thrown one by one; of
the rest, which are many and small, each shard gets nearly the same.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.simulation.workload import Workload

# So many of the busiest are thrown one by one.
SINGLE = 20_000


@dataclass(frozen=True, slots=True)
class Placement:
    """Parts of all traffic: `busiest` is that of the busiest conversation."""

    shards: Sequence[float]
    nodes: Sequence[float]
    busiest: float

    @property
    def worst_node(self) -> float:
        """The traffic of the busiest node, in relation to the mean one."""
        return max(self.nodes) * len(self.nodes)

    @property
    def worst_shard(self) -> float:
        return max(self.shards) * len(self.shards)


def place(workload: Workload, *, shards: int, nodes: int, seed: int = 1) -> Placement:
    """Shards are put where there is least, the largest first, as a rebalancer does."""
    chance = random.Random(seed)
    single = min(SINGLE, workload.conversations)
    weights = [n**-workload.skew for n in range(1, single + 1)]
    whole = sum(weights) + _sum_of_parts(single, workload.conversations, workload.skew)
    parts = [min(weight / whole, workload.largest_part) for weight in weights]
    loads = [(1 - sum(parts)) / shards] * shards
    for part in parts:
        loads[chance.randrange(shards)] += part
    return Placement(loads, _on_nodes(loads, nodes), max(parts))


def _sum_of_parts(after: int, last: int, skew: float) -> float:
    """The sum of n ** -skew for n from after + 1 to last, by stretches that double."""
    bounds = [after]
    while bounds[-1] < last:
        bounds.append(min(last, max(bounds[-1] * 2, bounds[-1] + 1)))
    return sum((high - low) * ((low + high + 1) / 2) ** -skew for low, high in pairwise(bounds))


def _on_nodes(shards: Sequence[float], nodes: int) -> list[float]:
    loads = [0.0] * nodes
    for part in sorted(shards, reverse=True):
        loads[loads.index(min(loads))] += part
    return loads
