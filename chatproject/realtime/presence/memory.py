"""The presence store of one process. Several stores over one book are several processes."""

import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from chatproject.realtime.presence.store import NOT_HERE, State, Status, best

FORGOTTEN_AFTER = 24 * 3600.0  # seconds; the database knows longer
SWEEP_AT = 10_000  # people, before those who are forgotten are looked for


class Entry(NamedTuple):
    status: Status
    expires_at: float


class Page:
    """What is known of one person."""

    __slots__ = ("entries", "seen_at")

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}  # by process
        self.seen_at = 0.0


PresenceQueries = dict[UUID, Page]


class MemoryStore:
    """See `store.Store` for the contract. Times are in seconds since the epoch."""

    def __init__(self, process: str, *, ttl: float, book: PresenceQueries | None = None) -> None:
        self._process = process
        self._ttl = ttl
        self._book: PresenceQueries = {} if book is None else book
        self._sweep_at = SWEEP_AT

    async def here(self, statuses: Mapping[UUID, Status]) -> None:
        now = time.time()
        for user_id, status in statuses.items():
            page = self._book.setdefault(user_id, Page())
            page.entries[self._process] = Entry(status, now + self._ttl)
            page.seen_at = now
        if len(self._book) > self._sweep_at:
            self._forget(now)

    async def gone(self, seconds_ago: Mapping[UUID, float]) -> None:
        now = time.time()
        for user_id, seconds in seconds_ago.items():
            page = self._book.setdefault(user_id, Page())
            page.entries.pop(self._process, None)
            page.seen_at = max(page.seen_at, now - seconds)

    async def states(self, user_ids: Collection[UUID]) -> dict[UUID, State]:
        now = time.time()
        return {user_id: self._state(user_id, now) for user_id in user_ids}

    async def close(self) -> None:
        pass

    def _state(self, user_id: UUID, now: float) -> State:
        page = self._book.get(user_id)
        if page is None:
            return NOT_HERE
        status = best([entry.status for entry in page.entries.values() if entry.expires_at > now])
        seen_at = datetime.fromtimestamp(page.seen_at, UTC)
        return State(status, seen_at if status is Status.OFFLINE else None)

    def _forget(self, now: float) -> None:
        old = [user for user, page in self._book.items() if now - page.seen_at > FORGOTTEN_AFTER]
        for user_id in old:
            del self._book[user_id]
        self._sweep_at = max(SWEEP_AT, 2 * len(self._book))
