"""Stores a batch of drafts: plain texts by one fast statement, everything else stepwise.

On a distributed database all drafts are stored stepwise, in a transaction for each shard. The
drafts of one conversation are all stored in the same way, which keeps their order. Drafts that the
fast statement leaves undecided (the sender may not post, a retry, slow mode) are stored stepwise in
a transaction of their own: a refusal may take two transactions, a stored message takes one.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.pq import TransactionStatus

from chatproject.core.db.distributed.distribution import shards
from chatproject.core.db.distributed.hosts import COORDINATOR
from chatproject.core.db.pipeline import Result, Statement, Trips, run
from messaging.moderation import word_filters
from messaging.sending.dialect import Dialect
from messaging.sending.drafts import Draft
from messaging.sending.fast import store_fast
from messaging.sending.numbered_drafts import NumberedDraft, number_drafts
from messaging.sending.results import StoreResult
from messaging.sending.shard_statements import LATER_ON_SHARDS
from messaging.sending.shards import AT_WORKER, ON_SHARDS, by_shard, node_of
from messaging.sending.stepwise import store_stepwise
from messaging.sending.stepwise_statements import LATER
from messaging.sending.transaction import SAVEPOINT, TRANSACTION, Bounds


class Part(Protocol):
    """Stores a part of a batch in a transaction of its own; returns results by the drafts'
    numbers."""

    def __call__(self, *, wait: bool, bounds: Bounds) -> Trips[Mapping[int, StoreResult]]: ...


class Batch:
    """The drafts that have no result yet: plain texts first, by conversation, then the others."""

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
        """Divides the drafts into those for the fast statement and the others."""
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
        """What to store next; None when every draft has its result.

        `at_worker` says that the connection leads to a worker of a distributed database.
        """
        if self._fast:
            return self._store_fast
        if self._by_shard:
            return partial(self._store_shard, AT_WORKER if at_worker else ON_SHARDS)
        return self._store_stepwise if self._stepwise else None

    def _store_fast(self, *, wait: bool, bounds: Bounds) -> Trips[Mapping[int, StoreResult]]:
        """Leaves undecided drafts to be stored stepwise."""
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
        """The node over which to store the next part, for callers that can choose."""
        if self._fast or not self._by_shard or not self._uses_workers:
            return COORDINATOR
        return node_of(self._by_shard[0])

    def stay_at_coordinator(self) -> None:
        """Makes `node` the coordinator from now on. A part that a worker began is next again."""
        self._uses_workers = False

    def _store_shard(
        self, dialect: Dialect, *, wait: bool, bounds: Bounds
    ) -> Trips[Mapping[int, StoreResult]]:
        """Raises OldWordFilters."""
        drafts = self._by_shard[0]
        results = yield from store_stepwise(
            drafts, self._filters, wait=wait, bounds=bounds, dialect=dialect
        )
        self._by_shard.pop(0)
        return {each.number: result for each, result in zip(drafts, results, strict=True)}


def later_statements() -> Sequence[Statement]:
    """The statements that are prepared along with the first round trip."""
    return LATER if shards() is None else LATER_ON_SHARDS


def store(drafts: Sequence[Draft], *, wait: bool, are_looked_up: bool = False) -> list[StoreResult]:
    """Stores what may be stored and returns a result for each draft, in order.

    With `wait` it waits for a conversation that is locked elsewhere, else it defers its drafts.
    `are_looked_up` says that whatever the drafts need from the archive is in rows again.
    Commits, or is a savepoint of the caller's transaction. Raises django.db errors: then the
    transaction that failed has stored nothing, but earlier ones of the same batch may have. After
    OperationalError even that is unknown, and trying again is safe.
    """
    batch = Batch(drafts, are_looked_up=are_looked_up)
    bounds = SAVEPOINT if connection.in_atomic_block else TRANSACTION
    results: dict[int, StoreResult] = {}
    while (part := batch.next_part()) is not None:
        results.update(_run(part(wait=wait, bounds=bounds), bounds))
    return [results[number] for number in range(len(drafts))]


def _run(trips: Trips[Result], bounds: Bounds) -> Result:
    """Makes the round trips over Django's connection; rolls back after an error."""
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
