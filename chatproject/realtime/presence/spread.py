"""The presence store over several Redis servers: each person has one of them, by a hash."""

import asyncio
from collections.abc import Collection, Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from chatproject.realtime.presence.redis import RedisStore
from chatproject.realtime.presence.store import State, Status
from chatproject.realtime.redis_servers import server_for

T = TypeVar("T")


class SpreadStore:
    """See `store.Store` for the contract. While one server is away, the others get theirs."""

    def __init__(self, urls: Sequence[str], process: str, *, ttl: float) -> None:
        self._stores = [RedisStore(url, process, ttl=ttl) for url in urls]

    async def here(self, statuses: Mapping[UUID, Status]) -> None:
        shares = self._shares(statuses)
        await _all(store.here({it: statuses[it] for it in own}) for store, own in shares)

    async def gone(self, seconds_ago: Mapping[UUID, float]) -> None:
        shares = self._shares(seconds_ago)
        await _all(store.gone({it: seconds_ago[it] for it in own}) for store, own in shares)

    async def states(self, user_ids: Collection[UUID]) -> dict[UUID, State]:
        found = await _all(store.states(own) for store, own in self._shares(user_ids))
        states = {user_id: state for part in found for user_id, state in part.items()}
        return {user_id: states[user_id] for user_id in user_ids}

    async def close(self) -> None:
        await _all(store.close() for store in self._stores)

    def _shares(self, user_ids: Iterable[UUID]) -> list[tuple[RedisStore, list[UUID]]]:
        shares: dict[int, list[UUID]] = {}
        for user_id in user_ids:
            shares.setdefault(server_for(str(user_id), len(self._stores)), []).append(user_id)
        return [(self._stores[at], own) for at, own in shares.items()]


async def _all(calls: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The answers when all have ended; else the first error."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if not isinstance(answer, BaseException)]
