"""Loads what many ask for at about the same time in one round trip."""

import asyncio
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

from chatproject.realtime.coalescer import Coalescer
from chatproject.realtime.database_threads import in_database_thread

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

FLIGHTS = 2  # loads at once: while one waits for the database, the answers of another are used


class BatchLoader(Generic[K, V]):
    """`load` loads all waiting keys at once, in a database thread; a key that it leaves out has no
    value.

    A key that is requested during a load waits for the next one, so that its value was read after
    the request. Belongs to one event loop.
    """

    def __init__(self, load: Callable[[Collection[K]], Mapping[K, V]]) -> None:
        self._load = load
        self._asked: dict[K, asyncio.Future[V | None]] = {}
        self._coalescer = Coalescer(self._take, self._answer, flights=FLIGHTS, name="batch loader")

    async def get(self, key: K) -> V | None:
        """The value of the key, or None. Raises what `load` raises."""
        answer = self._asked.get(key)
        if answer is None:
            answer = self._asked[key] = asyncio.get_running_loop().create_future()
            self._coalescer.wake()
        return await asyncio.shield(answer)  # a cancelled caller cancels nobody else's answer

    def _take(self, in_flight: int) -> "dict[K, asyncio.Future[V | None]]":
        batch, self._asked = self._asked, {}
        return batch

    async def _answer(self, batch: Mapping[K, "asyncio.Future[V | None]"]) -> None:
        try:
            found = await in_database_thread(self._load, batch.keys())
        except Exception as error:  # noqa: BLE001 (every caller gets it)
            for answer in batch.values():
                answer.set_exception(error)
                answer.exception()  # marks it as retrieved, since all callers may have gone
        except BaseException:  # the event loop ends
            for answer in batch.values():
                answer.cancel()
            raise
        else:
            for key, answer in batch.items():
                answer.set_result(found.get(key))
