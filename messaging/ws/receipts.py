"""Moves the receipts of all sockets of a process together.

In a batch, the last receipt of a person in a conversation wins. So a room in which everybody reads
at once costs a few statements, not one per reader.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from chatproject.realtime.coalescer import Coalescer
from chatproject.realtime.database_threads import in_database_thread
from messaging.actions.receipts import Advance, mark_all

MAX_BATCH = 500


class PendingAdvance(NamedTuple):
    advance: Advance
    answer: "asyncio.Future[dict[str, Any]]"


class Receipts:
    """Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self._waiting: deque[PendingAdvance] = deque()
        self._coalescer = Coalescer(self._take, _flush, name="receipts")

    async def move(self, advance: Advance) -> dict[str, Any]:
        """The person's pointers as JSON, after the commit.

        Raises ConversationNotFound, NotAParticipant, or the database's error.
        """
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append(PendingAdvance(advance, answer))
        self._coalescer.wake()
        return await answer

    async def drain(self) -> None:
        """Returns when all advances submitted so far are stored and answered."""
        await self._coalescer.idle()

    def _take(self, in_flight: int) -> list[PendingAdvance]:
        count = min(len(self._waiting), MAX_BATCH)
        return [self._waiting.popleft() for _ in range(count)]


async def _flush(batch: list[PendingAdvance]) -> None:
    try:
        answers: Sequence[dict[str, Any] | Exception] = await in_database_thread(
            mark_all, [item.advance for item in batch]
        )
    except Exception as error:  # noqa: BLE001 (each socket reports it to its client)
        answers = [error] * len(batch)
    for item, answer in zip(batch, answers, strict=True):
        if item.answer.done():  # the socket disconnected meanwhile
            continue
        if isinstance(answer, Exception):
            item.answer.set_exception(answer)
        else:
            item.answer.set_result(answer)
