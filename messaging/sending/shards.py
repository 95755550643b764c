"""Sending on a distributed database: stepwise, in a transaction for each shard."""

from collections.abc import Callable, Collection, Iterable, Sequence
from types import ModuleType
from typing import TypeVar
from uuid import UUID

from chatproject.core.db.binary_arrays import digests, uuids
from chatproject.core.db.distributed.distribution import Shards
from chatproject.core.db.distributed.hosts import COORDINATOR
from chatproject.core.db.distributed.nodes import nodes
from chatproject.core.db.pipeline import Step
from messaging.sending import shard_statements
from messaging.sending.dialect import Dialect, FactQueries
from messaging.sending.facts import Key
from messaging.sending.numbered_drafts import NumberedDraft
from messaging.sending.shard_writes import ShardWrites

Item = TypeVar("Item")


class ShardFactQueries(FactQueries):
    """Each statement names one conversation."""

    sql: ModuleType = shard_statements
    # Citus needs the parameters to make a plan, and refuses a generic one.
    settings: Sequence[Step] = ()

    def parts(
        self, items: Collection[Item], conversation_of: Callable[[Item], UUID]
    ) -> Iterable[Sequence[Item]]:
        """Groups by conversation, in the order of the ids, in which they are locked."""
        parts: dict[UUID, list[Item]] = {}
        for item in items:
            parts.setdefault(conversation_of(item), []).append(item)
        return [parts[conversation_id] for conversation_id in sorted(parts)]

    def conversations(self, ids: Iterable[UUID]) -> bytes:
        return next(iter(ids)).bytes

    def keys(self, keys: Sequence[Key]) -> list[bytes]:
        return [
            keys[0][0].bytes,
            uuids(sender for _, sender, _ in keys),
            uuids(client for _, _, client in keys),
            digests([sender.bytes + client.bytes for _, sender, client in keys]),
        ]


ON_SHARDS = Dialect(ShardFactQueries(), ShardWrites)
# Over a connection to a worker, which does not know the coordinator's own tables.
AT_WORKER = ON_SHARDS._replace(has_word_filters=False)


def by_shard(drafts: Sequence[NumberedDraft], shards: Shards) -> list[list[NumberedDraft]]:
    """Groups the drafts that one transaction stores, keeping their order."""
    groups: dict[int, list[NumberedDraft]] = {}
    for each in drafts:
        groups.setdefault(shards.of(each.draft.conversation_id), []).append(each)
    return list(groups.values())


def node_of(drafts: Sequence[NumberedDraft]) -> int:
    """The node over which drafts of one shard are stored: the node that has the shard, unless they
    depend on tables of the coordinator alone, or change tables that are replicated to each node."""
    if any(_is_of_coordinator(each) for each in drafts):
        return COORDINATOR
    return nodes.of(drafts[0].draft.conversation_id)


def _is_of_coordinator(numbered: NumberedDraft) -> bool:
    facts = numbered.facts
    return facts.link_quota is not None or bool(facts.flag or numbered.draft.attachment_ids)
