"""The contract of a presence store, which `memory` and `redis` fulfil.

An entry says that a person is at a process, online or away, and expires unless the process says it
again. So what a killed process had said is gone by itself. Of a person with several entries the one
that is most there counts.
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
    UNKNOWN = "unknown"  # to who may not know


class State(NamedTuple):
    """`seen_at` is when they were here last; None where that is not known, or nobody's business."""

    status: Status
    seen_at: datetime | None = None


NOT_TOLD = State(Status.UNKNOWN)
NOT_HERE = State(Status.OFFLINE)


class Store(Protocol):
    """One for each process, which has a name in it. All raise ConnectionError when it is away."""

    async def here(self, statuses: Mapping[UUID, Status]) -> None:
        """These people are at this process for another TTL; their last time seen is now."""

    async def gone(self, seconds_ago: Mapping[UUID, float]) -> None:
        """These people are at this process no more, since so long."""

    async def states(self, user_ids: Collection[UUID]) -> dict[UUID, State]:
        """How each of them is, over all processes; `seen_at` of those who are offline."""

    async def close(self) -> None: ...


def best(statuses: Sequence[Status]) -> Status:
    """Of one person's devices or processes: online if one is, else away if one is."""
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
