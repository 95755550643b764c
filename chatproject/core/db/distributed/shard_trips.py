"""The round trips of a reading on a distributed database. A statement about one shard reads the
worker's own tables (`shard_tables`), one about coordinator tables is sent there, and any other goes
through Citus over the reading's connection; all at the same time.

Where a worker turns out not to have a shard any more, its rows are thrown away, and the same is
asked of Citus over the coordinator, whose metadata change before any other node's.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.conf import settings
from psycopg.errors import QueryCanceled
from psycopg.pq.abc import PGresult

from chatproject.core import metrics
from chatproject.core.db.deadlines import DatabaseTooSlow
from chatproject.core.db.distributed.catalog import Catalog
from chatproject.core.db.distributed.distribution import hash_of
from chatproject.core.db.distributed.hosts import COORDINATOR
from chatproject.core.db.distributed.nodes import is_away, nodes
from chatproject.core.db.distributed.shard_bindings import COPIED, Binding, Unbound
from chatproject.core.db.distributed.shard_tables import (
    GENERIC_PLANS,
    OWN_TABLES,
    OwnTable,
    OwnTables,
    still_own,
)
from chatproject.core.db.pipeline import Step
from chatproject.core.db.readings import Answer, Parts, Query, encoded, rows_of, step_of
from chatproject.core.db.shared_connection import SharedConnection
from chatproject.core.db.statements import Params, native

# How often a trip asked shards themselves, found that they are elsewhere, or failed.
_OWN, _MOVED, _FAILED = (metrics.SHARD_READS.labels(each) for each in ("own", "moved", "failed"))

Connect = Callable[[int], Awaitable[SharedConnection]]  # to the node


class _Asked(NamedTuple):
    """A query of the trip, by its place in it, or the part of it that one shard is asked."""

    place: int
    query: Query
    params: Params
    binding: Binding
    hashes: Sequence[int]


_Found = dict[int, list[PGresult]]  # by the place of the query


class ShardTrips:
    """Of one reading, whose connection is `shared`, to `node`. Each trip `begins` with settings,
    which hold for the trip, in place of plans for any values."""

    def __init__(
        self,
        shared: SharedConnection,
        node: int,
        catalog: Catalog,
        connect: Connect,
        begins: Query | None = None,
    ) -> None:
        self._shared, self._node, self._catalog, self._connect = shared, node, catalog, connect
        self._begins = begins

    async def ask(self, queries: Sequence[Query]) -> Sequence[Answer]:
        """The answers, in the order of the queries. Raises psycopg's errors."""
        found: _Found = defaultdict(list)
        of_citus: dict[int, dict[int, Query]] = {}
        of_shards: dict[int, list[_Asked]] = {}
        numbers = [1] * len(queries)  # of parts
        for place, query in enumerate(queries):
            binding = self._catalog.binding(query.sql)
            parts = [] if isinstance(binding, Unbound) else self._parts(place, query, binding)
            if parts:
                numbers[place] = len(parts)
                for node, asked in parts:
                    of_shards.setdefault(node, []).append(asked)
            else:
                node = COORDINATOR if binding is Unbound.LOCAL else self._node
                of_citus.setdefault(node, {})[place] = query
        await _all(
            [
                *(self._ask_shards(node, asked, found) for node, asked in of_shards.items()),
                *(self._ask_citus(node, asked, found) for node, asked in of_citus.items()),
            ]
        )
        places = [place for place, number in enumerate(numbers) if len(found[place]) < number]
        left = {place: queries[place] for place in places}
        if left:
            for place in left:
                found[place].clear()
            await self._ask_citus(COORDINATOR, left, found)
        return [_answer(query, found[place]) for place, query in enumerate(queries)]

    def _parts(self, place: int, query: Query, binding: Binding) -> list[tuple[int, _Asked]]:
        """What is asked of shards, and which node has each; nothing where Citus is to be asked."""
        if not settings.SHARD_READS:
            return []
        if binding.group == COPIED:
            asked = _Asked(place, query, query.params, binding, ())
            return [] if self._node == COORDINATOR else [(self._node, asked)]
        found = [
            (nodes.owner(binding.group, hashes), _Asked(place, query, params, binding, hashes))
            for params, hashes in self._by_shard(query, binding)
        ]
        return [] if any(node == COORDINATOR for node, _ in found) else found

    def _by_shard(self, query: Query, binding: Binding) -> Iterable[tuple[Params, Sequence[int]]]:
        """The parameters and the hashes; nothing where they cannot be told."""
        params, name = query.params, binding.parameter
        if not name:
            every = [] if query.merge is None else self._catalog.all_hashes(binding.group)
            return [(params, hashes) for hashes in every]
        assert isinstance(params, Mapping)
        value = params[name]
        if isinstance(value, UUID):
            return [(params, (hash_of(value),))]
        if not isinstance(value, list) or not all(isinstance(each, UUID) for each in value):
            return []
        shards: dict[int, list[UUID]] = {}
        for each in value:
            shards.setdefault(self._catalog.shard_of(binding.group, hash_of(each)), []).append(each)
        if len(shards) > 1 and query.merge is None:
            return []
        return [({**params, name: ids}, [*map(hash_of, ids)]) for ids in shards.values()]

    async def _ask_shards(self, node: int, asked: Sequence[_Asked], found: _Found) -> None:
        """Answers nothing where the worker has not got them all, or does not answer. Raises
        psycopg.OperationalError where the reading's own connection is lost, so that it begins again
        over another one."""
        begun_at, made_at = time.monotonic(), float("inf")
        try:
            shared = self._shared if node == self._node else await self._connect(node)
            made_at = shared.made_at
            own = nodes.own_tables(node) or await _own_tables(shared, node)
            there = None if own is None else _steps(shared, own, asked)
            if there is None:
                nodes.outdated(node)
                return
            steps, tables = there
            check, number = still_own(tables)
            trip = [*(self._settings(shared) or [GENERIC_PLANS]), *steps, check]
            _, *answers, last = await shared.ask(trip, seconds=settings.STATEMENT_SECONDS)
        except (DatabaseTooSlow, QueryCanceled):
            raise
        except psycopg.Error as error:
            if node == self._node and is_away(error):
                raise
            _FAILED.inc()
            nodes.outdated(node)
            if is_away(error) and made_at >= begun_at:  # one that was kept may have been cut
                nodes.lost(node)
            return
        if last.get_value(0, 0) != b"%d" % number:
            _MOVED.inc()
            nodes.outdated(node)
            return
        _OWN.inc()
        for each, answer in zip(asked, answers, strict=True):
            found[each.place].append(answer)

    async def _ask_citus(self, node: int, queries: Mapping[int, Query], found: _Found) -> None:
        shared = self._shared if node == self._node else await self._connect(node)
        settings_first = self._settings(shared)
        steps = [step_of(shared.transformer, query) for query in queries.values()]
        trip = [*settings_first, *steps]
        answers = await shared.ask(trip, seconds=settings.STATEMENT_SECONDS)
        for place, answer in zip(queries, answers[len(settings_first) :], strict=True):
            found[place].append(answer)

    def _settings(self, shared: SharedConnection) -> list[Step]:
        return [] if self._begins is None else [step_of(shared.transformer, self._begins)]


def _answer(query: Query, answers: Sequence[PGresult]) -> Answer:
    if len(answers) == 1:
        return answers[0]
    assert query.merge is not None
    return Parts(answers, query.merge)


async def _all(waiting: Sequence[Coroutine[Any, Any, None]]) -> None:
    if len(waiting) == 1:
        await waiting[0]
        return
    for each in await asyncio.gather(*waiting, return_exceptions=True):
        if isinstance(each, BaseException):
            raise each


async def _own_tables(shared: SharedConnection, node: int) -> OwnTables | None:
    """None where it was asked a moment ago, and what it told did not hold."""
    if not nodes.may_ask_for_own_tables(node):
        return None
    step = step_of(shared.transformer, Query(OWN_TABLES, ()))
    (answer,) = await shared.ask([step], seconds=settings.STATEMENT_SECONDS)
    own = OwnTables(rows_of(shared.transformer, answer))
    nodes.keep_own_tables(node, own)
    return own


def _steps(
    shared: SharedConnection, own: OwnTables, asked: Iterable[_Asked]
) -> tuple[list[Step], list[OwnTable]] | None:
    """The steps, and of which tables; None where the worker has not got them all."""
    steps: list[Step] = []
    tables: list[OwnTable] = []
    for _, query, params, binding, hashes in asked:
        place = own.find(binding, hashes)
        if place is None:
            return None
        sql = query.of_shard or query.sql
        values, types, formats = encoded(shared.transformer, native(sql)[1], params)
        made, these = place.statement(sql, binding, types, formats)
        steps.append(Step(made, values))
        tables += these
    return steps, tables
