"""The contract of a presence store, which `memory` and `redis` fulfil.

An entry says that a person is connected to a process, online or away, and expires unless the
process renews it. So the entries of a killed process go by themselves. If a person has several
entries, online counts before away.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from chatproject.core.times import rfc3339_or_none


class Status(StrEnum):
    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"
    UNKNOWN = "unknown"  # for viewers who may not know


class State(NamedTuple):
    """`seen_at` is when they were last seen; None if that is unknown or not visible."""

    status: Status
    seen_at: datetime | None = None


NOT_TOLD = State(Status.UNKNOWN)
NOT_HERE = State(Status.OFFLINE)


class Store(Protocol):
    """One per process, under its name. All methods raise ConnectionError if it is unavailable."""

    async def here(self, statuses: Mapping[UUID, Status]) -> None:
        """Renews the entries of these people for another TTL; they are last seen now."""

    async def gone(self, seconds_ago: Mapping[UUID, float]) -> None:
        """Removes the entries of these people, who disconnected so many seconds ago."""

    async def states(self, user_ids: Collection[UUID]) -> dict[UUID, State]:
        """The state of each of them, over all processes; with `seen_at` if offline."""

    async def close(self) -> None: ...


def best(statuses: Sequence[Status]) -> Status:
    """The state over a person's devices or processes: online if one is, else away if one is."""
    order = (Status.ONLINE, Status.AWAY)
    return next((status for status in order if status in statuses), Status.OFFLINE)


def state_json(user_id: UUID, state: State) -> dict[str, Any]:
    """The shape `Presence` of the wire."""
    seen_at = state.seen_at if state.status is Status.OFFLINE else None
    return {
        "userId": str(user_id),
        "status": state.status,
        "lastSeenAt": rfc3339_or_none(seen_at),
    }
