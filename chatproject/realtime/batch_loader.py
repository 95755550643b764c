"""One question asked by many at about the same time: the next round trip carries all of them."""

import asyncio
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

from chatproject.realtime.database_threads import in_database_thread

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BatchLoader(Generic[K, V]):
    """`load` answers for all keys that wait, in a thread for the database; a key that it leaves out
    has no answer.

    While it is at work those who ask wait for its next turn, so that an answer was never read
    before it was asked for. Belongs to one event loop.
    """

    def __init__(self, load: Callable[[Collection[K]], Mapping[K, V]]) -> None:
        self._load = load
        self._asked: dict[K, asyncio.Future[V | None]] = {}
        self._loading: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """Raises what `load` raises."""
        answer = self._asked.get(key)
        if answer is None:
            answer = self._asked[key] = asyncio.get_running_loop().create_future()
        if self._loading is None:
            self._loading = asyncio.create_task(self._load_all())
        return await asyncio.shield(answer)  # who gives up takes nothing from the others

    async def _load_all(self) -> None:
        try:
            while self._asked:
                turn, self._asked = self._asked, {}
                await self._answer(turn)
        finally:
            self._loading = None

    async def _answer(self, turn: Mapping[K, "asyncio.Future[V | None]"]) -> None:
        try:
            found = await in_database_thread(self._load, turn.keys())
        except Exception as error:  # noqa: BLE001 (it is told to all who asked)
            for answer in turn.values():
                answer.set_exception(error)
                answer.exception()  # somebody may have gone who would have been told
        except BaseException:  # the loop ends
            for answer in turn.values():
                answer.cancel()
            raise
        else:
            for key, answer in turn.items():
                answer.set_result(found.get(key))
