"""Receipts of all sockets of a process, moved together.

Natural batching, as in the writer: what comes in while one flush is under way is the next one, in
which the last of a person and conversation wins. So a room in which everybody reads at once costs a
few statements and not one a reader.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from chatproject.realtime.database_threads import in_database_thread
from messaging.actions.pointers import Advance, mark_all

MAX_BATCH = 500


class Waiting(NamedTuple):
    advance: Advance
    answer: "asyncio.Future[dict[str, Any]]"


class Receipts:
    """Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()
        self._flushing: asyncio.Task[None] | None = None

    async def move(self, advance: Advance) -> dict[str, Any]:
        """One's pointers as JSON, after the commit.

        Raises ConversationNotFound, NotAParticipant, or what kept the database from answering.
        """
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(advance, answer))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush_all())
        return await answer

    async def _flush_all(self) -> None:
        while self._waiting:
            count = min(len(self._waiting), MAX_BATCH)
            await _flush([self._waiting.popleft() for _ in range(count)])
        self._flushing = None


async def _flush(batch: list[Waiting]) -> None:
    try:
        answers: Sequence[dict[str, Any] | Exception] = await in_database_thread(
            mark_all, [item.advance for item in batch]
        )
    except Exception as error:  # noqa: BLE001 (each socket says what it means)
        answers = [error] * len(batch)
    for item, answer in zip(batch, answers, strict=True):
        if item.answer.done():  # the socket has gone meanwhile
            continue
        if isinstance(answer, Exception):
            item.answer.set_exception(answer)
        else:
            item.answer.set_result(answer)
