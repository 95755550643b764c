"""Entries brought up to their heads over connections to the workers of a distributed database, so
that its coordinator does none of it (decision 41).

What has moved each worker is asked of its own shards, past Citus. What a conversation moves is
written over a connection to the worker that has it, in one transaction with its cursor, by Citus,
which passes on what is for people of other nodes. The workers do so at the same time. Over a worker
that does not answer nothing is written; its conversations come with the next look, over the
coordinator.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple
from uuid import UUID

import psycopg
from django.conf import settings
from psycopg.errors import DeadlockDetected, LockNotAvailable

from chatproject.core.db.async_pool import AsyncPool
from chatproject.core.db.distributed.hosts import COORDINATOR
from chatproject.core.db.distributed.nodes import is_away, nodes
from chatproject.core.db.readings import Rows, query
from chatproject.core.db.statements import big
from messaging.inbox import applying, shards
from messaging.inbox.applying import Applied
from messaging.inbox.links import Link, Workers
from messaging.reads.shards import by_shard

AT_ONCE = 16  # workers that are written over at the same time

Part = list[UUID]  # conversations of one node
Apply = Callable[[Link, Part], "Done"]


class Done(NamedTuple):
    """`new` are those that have no entries yet."""

    applied: Applied
    new: Sequence[UUID] = ()


class WorkerEntries:
    """Belongs to one thread."""

    def __init__(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """When it `is_over`, what is left is left."""
        self._is_over = is_over
        self._runner = asyncio.Runner()
        self._pool: AsyncPool | None = None
        self._workers: dict[int, Workers] = {}
        self._threads = ThreadPoolExecutor(AT_ONCE, "inbox over a worker")

    def close(self) -> None:
        self._threads.shutdown()
        for workers in self._workers.values():
            workers.close()
        if self._pool is not None:
            self._runner.run(self._pool.close())
        self._runner.close()

    def behind_after(self, conversation_id: UUID, limit: int) -> tuple[list[UUID], UUID | None]:
        """See LogCursors.behind_after. Raises psycopg.Error."""
        rows = self._runner.run(self._read_behind(conversation_id, limit))
        ids = [row[0] for row in rows]
        return ids, ids[-1] if len(ids) == limit else None

    async def _read_behind(self, conversation_id: UUID, limit: int) -> Rows:
        if self._pool is None:
            self._pool = AsyncPool(1)
        asked = {"after": conversation_id, "limit": big(limit)}
        how = {"merge": partial(_first, limit)}
        return await self._pool.read(
            lambda: query(applying.BEHIND_ON_SHARDS, asked, **how), node=nodes.next()
        )

    def apply_changes(self, ids: Iterable[UUID]) -> Applied:
        """See `applying.apply_changes`. Raises psycopg.Error, when all workers are through."""
        done = self._at_all(ids, applying.TOGETHER, _apply_known)
        applied = [it.applied for it in done]
        # Of whom it is asked who was erased only the coordinator knows, over this thread's
        # connection.
        new = [each for it in done for each in it.new]
        for node, parts in _by_node(new, applying.FEW).items():
            self._workers.setdefault(node, Workers())
            applied.append(self._at_one(node, parts, _apply_new).applied)
        return _sum(applied)

    def _at_all(self, ids: Iterable[UUID], size: int, apply: Apply) -> list[Done]:
        by_node = _by_node(ids, size)
        for node in by_node:
            self._workers.setdefault(node, Workers())
        writing = [
            self._threads.submit(self._at_one, node, parts, apply)
            for node, parts in by_node.items()
        ]
        errors = [error for each in writing if (error := each.exception())]
        if errors:
            raise errors[0]
        return [each.result() for each in writing]

    def _at_one(self, node: int, parts: Sequence[Part], apply: Apply) -> Done:
        applied: list[Applied] = []
        new: list[UUID] = []
        for place, part in enumerate(parts):
            if self._is_over():
                applied.append(_left(parts[place:]))
                break
            try:
                done = self._apply(node, part, apply)
            except psycopg.Error as error:
                if node == COORDINATOR or not is_away(error):
                    raise
                nodes.lost(node)
                applied.append(_left(parts[place:]))
                break
            applied.append(done.applied)
            new += done.new
        return Done(_sum(applied), new)

    def _apply(self, node: int, part: Part, apply: Apply) -> Done:
        bounds = (
            f"SET LOCAL lock_timeout = {applying.LOCK_TIMEOUT_MS}",
            # What a crash of PostgreSQL takes back, it takes back together with the cursors.
            "SET LOCAL synchronous_commit = off",
        )
        try:
            with self._workers[node].transaction(node, *bounds) as link:
                return apply(link, part)
        except (LockNotAvailable, DeadlockDetected):
            if len(part) == 1:
                return Done(_left([part]))
        done = [self._apply(node, [each], apply) for each in part]  # all but the one that is held
        return Done(_sum(it.applied for it in done), [each for it in done for each in it.new])


def _apply_known(link: Link, ids: Part) -> Done:
    free = set(_locked(link, applying.LOCK_KNOWN_ON_SHARD, ids))
    heads = shards.heads_of(link, ids, settings.INBOX_MEMBERS)
    new = [head.id for head in heads if head.rev is None]
    held = [head.id for head in heads if head.rev is not None and head.id not in free]
    written, coalesced = shards.write(link, [head for head in heads if head.id in free])
    return Done(Applied(written, coalesced, held), new)


def _apply_new(link: Link, ids: Part) -> Done:
    """Under the locks of all from whose actions entries follow."""
    free = _locked(link, applying.LOCK_NEW_ON_SHARD, ids)
    written = sum(shards.rewrite(link, one, settings.INBOX_MEMBERS) for one in by_shard(free))
    taken = set(free)
    return Done(Applied(written, 0, [each for each in ids if each not in taken]))


def _locked(link: Link, text: str, ids: Part) -> list[UUID]:
    """Citus locks rows of one shard at a time."""
    return [row[0] for one in by_shard(ids) for row in link.fetch(text, {"ids": one})]


def _by_node(ids: Iterable[UUID], size: int) -> dict[int, list[Part]]:
    """What is written over each node, in parts of one transaction. The fewer these are, the less
    often the shards of all people are written to."""
    found: dict[int, Part] = {}
    for one in by_shard(ids):
        found.setdefault(nodes.of(one[0]), []).extend(one)
    return {
        node: [part[start : start + size] for start in range(0, len(part), size)]
        for node, part in found.items()
    }


def _first(limit: int, answers: Sequence[Rows]) -> Rows:
    """Of the rows of all shards, each in order."""
    return sorted(row for rows in answers for row in rows)[:limit]


def _left(parts: Iterable[Part]) -> Applied:
    return Applied(0, 0, [each for part in parts for each in part])


def _sum(applied: Iterable[Applied]) -> Applied:
    done = list(applied)
    left = [each for one in done for each in one.left]
    return Applied(sum(one.written for one in done), sum(one.coalesced for one in done), left)
