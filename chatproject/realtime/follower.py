"""A follower of this process' publications: it gathers them for a moment, then runs a round.

Publishing pays only for a note in memory.
"""

import asyncio
import contextlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from chatproject.realtime.bus import Publication

log = logging.getLogger(__name__)


class Follower(ABC):
    """All methods belong to the event loop's thread. A failed round is logged; the next one
    follows.
    """

    name: ClassVar[str]  # in the log
    pause: ClassVar[float]  # seconds from the first note to the round
    sweep: ClassVar[float | None] = None  # seconds after which a round runs without a note

    def __init__(self) -> None:
        self._is_due = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    def follow(self, publications: Sequence[Publication]) -> None:
        """Notes publications of interest, and sets `_is_due`. Must be quick."""

    @abstractmethod
    async def _round(self) -> None:
        """Processes what was noted; sets `_is_due` again if some of it is left."""

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.sweep):
                    await self._is_due.wait()
            await asyncio.sleep(self.pause)
            self._is_due.clear()
            try:
                await self._round()
            except Exception as error:
                log.warning("%s: %r", self.name, error, exc_info=True)
