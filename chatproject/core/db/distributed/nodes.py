"""Chooses the node over which the message path reads and writes on a distributed database.

Any node answers any statement about distributed and reference tables. The one that has the
conversation's shard does it without asking another, at two thirds of the CPU, and the coordinator
is left alone (decision 41). So where DATABASE_URL names workers beside the coordinator, what is
about one conversation goes to the worker that has it, and what is about several to each in turn.
Where a worker does not answer, the coordinator is asked in its place for a while. Which node is
asked never decides what is right: rows are locked on the node that has them.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
from django.db import DatabaseError, connection

from chatproject.core.db.deadlines import BoundedConnection, DatabaseTooSlow
from chatproject.core.db.distributed.catalog import Catalog, read_catalog
from chatproject.core.db.distributed.distribution import Shards, note, read_shards, shards
from chatproject.core.db.distributed.hosts import COORDINATOR, hosts
from chatproject.core.db.distributed.shard_tables import OwnTables

logger = logging.getLogger(__name__)

AWAY_SECONDS = 5.0  # in which nobody tries a worker that did not answer
OWNERS_SECONDS = 30.0  # after which it is asked where the shards are now
OWN_SECONDS = 1.0  # in which it is not asked again, whatever moves
LEARN_SECONDS = 2.0  # that a reading waits until the shards are known anew


class Nodes:
    """Of one process. Every node is named by the number of its group."""

    def __init__(self) -> None:
        self._workers: tuple[int, ...] = ()
        self._catalog: Catalog | None = None
        self._own: dict[int, OwnTables] = {}
        self._asked_at: dict[int, float] = {}  # when each was last asked for its own tables
        self._away: dict[int, float] = {}  # until when each is left alone
        self._turn = count()
        self._is_known = False
        self._renew_at = self._renewed_at = 0.0
        self._renewing = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="nodes")

    @property
    def are_several(self) -> bool:
        """Whether there is a worker to connect to. A server has that found out when it starts
        (`renew`); else the first call begins to, and everything goes to the coordinator until it is
        known."""
        if not self._is_known:
            self._renew_in_time()
        return bool(self._workers)

    def of(self, conversation_id: UUID) -> int:
        """The node that has the conversation, or the coordinator."""
        if not self.are_several:
            return COORDINATOR
        self._renew_in_time()
        catalog = self._catalog
        if catalog is None:
            return COORDINATOR
        return self._here(catalog.owner_of_conversation(conversation_id))

    @property
    def shards(self) -> Shards | None:
        """Of the conversations, as they are or were half a minute ago."""
        self._renew_in_time()
        return shards()

    @property
    def catalog(self) -> Catalog | None:
        """None where there are no workers to connect to."""
        return self._catalog

    def owner(self, group: int, hashes: Sequence[int]) -> int:
        """The worker that has the one shard of the group's tables with these hashes; the
        coordinator where there is none."""
        self._renew_in_time()
        catalog = self._catalog
        return COORDINATOR if catalog is None else self._here(catalog.owner(group, hashes))

    def own_tables(self, number: int) -> OwnTables | None:
        """Of the worker, as it last told."""
        return self._own.get(number)

    def may_ask_for_own_tables(self, number: int) -> bool:
        """Notes that it is asked, which it is not again for a moment."""
        now = time.monotonic()
        if now < self._asked_at.get(number, 0.0) + OWN_SECONDS:
            return False
        self._asked_at[number] = now
        return True

    def keep_own_tables(self, number: int, own: OwnTables) -> None:
        self._own[number] = own

    def outdated(self, number: int) -> None:
        """Something has moved from or to the worker, or its tables have changed."""
        self._own.pop(number, None)
        self._renew_at = min(self._renew_at, self._renewed_at + OWN_SECONDS)

    def next(self) -> int:
        """A worker, each in its turn; the coordinator where all are away."""
        if not self.are_several:
            return COORDINATOR
        here = [number for number in self._workers if not self._is_away(number)]
        return here[next(self._turn) % len(here)] if here else COORDINATOR

    def lost(self, number: int) -> None:
        """The node did not answer, and is left alone for a while."""
        if number != COORDINATOR:
            logger.warning("node %d of the database does not answer", number)
            self._away[number] = time.monotonic() + AWAY_SECONDS

    def renew(self) -> None:
        """Asks which nodes there are and what they have. Raises nothing."""
        with self._renewing:
            self._renew()

    def learn(self, outdated: Shards) -> None:
        """Asks at once which shards there are, unless somebody else has found out since that they
        are other ones than these. Raises nothing. Blocks."""
        with self._renewing:
            if shards() == outdated:
                self._renew()

    async def learn_in_loop(self, outdated: Shards) -> None:
        """As `learn`, in the event loop. It may be too slow, and then they are not known yet."""
        learning = self._thread.submit(self._aside, partial(self.learn, outdated))
        with suppress(TimeoutError):
            async with asyncio.timeout(LEARN_SECONDS):
                await asyncio.wrap_future(learning)

    def _renew(self) -> None:
        self._renewed_at = time.monotonic()
        self._renew_at = self._renewed_at + OWNERS_SECONDS
        try:
            found = shards()
            groups = hosts.groups(_all_params()) if found is not None else {}
            catalog = read_catalog() if len(groups) > 1 else None
            if found is not None:
                found = read_shards() if catalog is None else catalog.shards
        except (DatabaseError, psycopg.Error) as error:
            logger.warning("where the shards are is not known: %s", error)
        else:
            self._workers = tuple(number for number in groups if number != COORDINATOR)
            if catalog is not None and self._catalog is not None:
                catalog.keep_bindings_of(self._catalog)
            self._catalog = catalog
            note(found)
        self._is_known = True

    def _here(self, number: int | None) -> int:
        """The node itself where it is a worker that answers, else the coordinator."""
        if number is None or number not in self._workers or self._is_away(number):
            return COORDINATOR
        return number

    def _renew_in_time(self) -> None:
        if time.monotonic() >= self._renew_at:
            self._renew_at = time.monotonic() + OWNERS_SECONDS
            self._thread.submit(self._aside, self.renew)

    def _aside(self, ask: Callable[[], None]) -> None:
        try:
            ask()
        finally:
            connection.close()

    def _is_away(self, number: int) -> bool:
        until = self._away.get(number)
        return until is not None and time.monotonic() < until


def _all_params() -> dict[str, Any]:
    """Of a connection to any host that DATABASE_URL names."""
    params: dict[str, Any] = connection.params_of_all_hosts()  # type: ignore[attr-defined]
    return params


def connect(number: int = COORDINATOR) -> BoundedConnection:
    """A connection beside Django's own, to the same database over this node. Blocks. Raises
    psycopg.OperationalError."""
    params = hosts.of(_all_params(), number)
    return BoundedConnection.connect(**{**params, "autocommit": True})


def is_away(error: psycopg.Error) -> bool:
    """Whether the node itself did not answer or is being stopped, and not one that it asked."""
    is_slow = isinstance(error, DatabaseTooSlow)
    return not is_slow and (error.sqlstate is None or error.sqlstate.startswith("57P"))


nodes = Nodes()  # of this process
