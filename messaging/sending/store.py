"""Storing a batch of drafts: plain texts by one fast statement, everything else stepwise.

On a distributed database all of them are stored stepwise, in a transaction for each shard.
The drafts of one conversation all go the same way, so that their order is kept. What the fast
statement leaves undecided (somebody who may not post, a retry, slow mode) is stored stepwise in a
transaction of its own: being refused may take two transactions, being stored takes one.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.pq import TransactionStatus

from chatproject.core.db.distribution import shards
from chatproject.core.db.hosts import COORDINATOR
from chatproject.core.db.pipeline import Result, Statement, Trips, run
from messaging.moderation import word_filters
from messaging.sending.drafts import Draft
from messaging.sending.fast import store_fast
from messaging.sending.numbered_drafts import NumberedDraft, number_drafts
from messaging.sending.results import StoreResult
from messaging.sending.shard_statements import LATER_ON_SHARDS
from messaging.sending.shards import AT_WORKER, ON_SHARDS, by_shard, node_of
from messaging.sending.stepwise import Way, store_stepwise
from messaging.sending.stepwise_statements import LATER
from messaging.sending.transaction import SAVEPOINT, TRANSACTION, Bounds


class Part(Protocol):
    """Stores a part of a batch in a transaction of its own; returns results by the drafts'
    numbers."""

    def __call__(self, *, wait: bool, bounds: Bounds) -> Trips[Mapping[int, StoreResult]]: ...


class Batch:
    """Drafts on their way: plain texts first, grouped by conversation, then all others in order."""

    def __init__(self, drafts: Sequence[Draft], *, are_looked_up: bool = False) -> None:
        self._filters = word_filters.held()
        self._uses_workers = True
        numbered = number_drafts(drafts, self._filters, are_looked_up=are_looked_up)
        self._fast: list[list[NumberedDraft]] = []
        self._stepwise: list[NumberedDraft] = []
        self._by_shard: list[list[NumberedDraft]] = []
        if (found := shards()) is None:
            self._divide(numbered)
        else:
            self._by_shard = by_shard(numbered, found)

    def _divide(self, numbered: Sequence[NumberedDraft]) -> None:
        """Into those for the fast statement and the others."""
        special: set[UUID] = set()
        keys: set[object] = set()
        for each in numbered:
            if not each.is_plain or each.draft.key in keys:
                special.add(each.draft.conversation_id)
            keys.add(each.draft.key)
        groups: dict[UUID, list[NumberedDraft]] = {}
        for each in numbered:
            if each.draft.conversation_id not in special:
                groups.setdefault(each.draft.conversation_id, []).append(each)
        self._fast = list(groups.values())
        self._stepwise = [each for each in numbered if each.draft.conversation_id in special]

    def next_part(self, *, at_worker: bool = False) -> Part | None:
        """What is to be stored next, of a distributed database over a connection to the coordinator
        or to a worker; None when every draft has its result."""
        if self._fast:
            return self._store_fast
        if self._by_shard:
            return partial(self._store_shard, AT_WORKER if at_worker else ON_SHARDS)
        return self._store_stepwise if self._stepwise else None

    def _store_fast(self, *, wait: bool, bounds: Bounds) -> Trips[Mapping[int, StoreResult]]:
        """What is undecided is to be stored stepwise."""
        groups, self._fast = self._fast, []
        results = yield from store_fast(groups, self._filters.revision, wait=wait, bounds=bounds)
        undecided = [it for group in groups for it in group if it.number not in results]
        if undecided:
            self._stepwise = sorted((*self._stepwise, *undecided), key=lambda it: it.number)
        return results

    def _store_stepwise(self, *, wait: bool, bounds: Bounds) -> Trips[Mapping[int, StoreResult]]:
        drafts, self._stepwise = self._stepwise, []
        results = yield from store_stepwise(drafts, self._filters, wait=wait, bounds=bounds)
        return {each.number: result for each, result in zip(drafts, results, strict=True)}

    @property
    def node(self) -> int:
        """The node over which the next part is to be stored, by whoever has the choice."""
        if self._fast or not self._by_shard or not self._uses_workers:
            return COORDINATOR
        return node_of(self._by_shard[0])

    def stay_at_coordinator(self) -> None:
        """From now on `node` is the coordinator; a part begun at a worker is the next again."""
        self._uses_workers = False

    def _store_shard(
        self, way: Way, *, wait: bool, bounds: Bounds
    ) -> Trips[Mapping[int, StoreResult]]:
        """Raises OldWordFilters."""
        drafts = self._by_shard[0]
        results = yield from store_stepwise(
            drafts, self._filters, wait=wait, bounds=bounds, way=way
        )
        self._by_shard.pop(0)
        return {each.number: result for each, result in zip(drafts, results, strict=True)}


def later_statements() -> Sequence[Statement]:
    """Those that are prepared with the first trip."""
    return LATER if shards() is None else LATER_ON_SHARDS


def store(drafts: Sequence[Draft], *, wait: bool, are_looked_up: bool = False) -> list[StoreResult]:
    """Stores what may be stored and returns a result for each draft, in order.

    With `wait` a conversation that is locked elsewhere is waited for, else its drafts are deferred.
    Drafts that `are_looked_up` depend on nothing in the archive any more.
    Commits, or is a savepoint of the caller's transaction. Raises django.db errors, after which
    nothing of the batch is stored that was not in an earlier transaction of it; after
    OperationalError that is unknown, and trying again is safe.
    """
    batch = Batch(drafts, are_looked_up=are_looked_up)
    bounds = SAVEPOINT if connection.in_atomic_block else TRANSACTION
    results: dict[int, StoreResult] = {}
    while (part := batch.next_part()) is not None:
        results.update(_run(part(wait=wait, bounds=bounds), bounds))
    return [results[number] for number in range(len(drafts))]


def _run(trips: Trips[Result], bounds: Bounds) -> Result:
    """Carries out the trips over Django's connection, and undoes them after an error."""
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    with connection.wrap_database_errors:
        if bounds is SAVEPOINT and raw.info.transaction_status == TransactionStatus.IDLE:
            # The caller's transaction begins with its first statement; without one the savepoint
            # would be a transaction, and commit.
            raw.execute("SELECT")
        try:
            return run(raw, trips, ahead=later_statements())
        except BaseException:
            if not raw.closed and raw.info.transaction_status != TransactionStatus.IDLE:
                raw.execute(bounds.rollback)
            raise
