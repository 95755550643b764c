"""The presence store of one process. Several stores over the same records are several processes."""

import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from chatproject.realtime.presence.store import NOT_HERE, State, Status, best

FORGOTTEN_AFTER = 24 * 3600.0  # seconds; the database knows longer
PRUNE_AT = 10_000  # people, from which on old records are dropped


class Entry(NamedTuple):
    status: Status
    expires_at: float


class Record:
    """What is known of one person."""

    __slots__ = ("entries", "seen_at")

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}  # by process
        self.seen_at = 0.0


Records = dict[UUID, Record]


class MemoryStore:
    """See `store.Store` for the contract. Times are in seconds since the epoch."""

    def __init__(self, process: str, *, ttl: float, records: Records | None = None) -> None:
        self._process = process
        self._ttl = ttl
        self._records: Records = {} if records is None else records
        self._prune_at = PRUNE_AT

    async def here(self, statuses: Mapping[UUID, Status]) -> None:
        now = time.time()
        for user_id, status in statuses.items():
            record = self._records.setdefault(user_id, Record())
            record.entries[self._process] = Entry(status, now + self._ttl)
            record.seen_at = now
        if len(self._records) > self._prune_at:
            self._prune(now)

    async def gone(self, seconds_ago: Mapping[UUID, float]) -> None:
        now = time.time()
        for user_id, seconds in seconds_ago.items():
            record = self._records.setdefault(user_id, Record())
            record.entries.pop(self._process, None)
            record.seen_at = max(record.seen_at, now - seconds)

    async def states(self, user_ids: Collection[UUID]) -> dict[UUID, State]:
        now = time.time()
        return {user_id: self._state(user_id, now) for user_id in user_ids}

    async def close(self) -> None:
        pass

    def _state(self, user_id: UUID, now: float) -> State:
        record = self._records.get(user_id)
        if record is None:
            return NOT_HERE
        status = best([entry.status for entry in record.entries.values() if entry.expires_at > now])
        seen_at = datetime.fromtimestamp(record.seen_at, UTC)
        return State(status, seen_at if status is Status.OFFLINE else None)

    def _prune(self, now: float) -> None:
        oldest = now - FORGOTTEN_AFTER
        for user_id in [user for user, it in self._records.items() if it.seen_at < oldest]:
            del self._records[user_id]
        self._prune_at = max(PRUNE_AT, 2 * len(self._records))
