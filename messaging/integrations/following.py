"""Tells outgoing webhooks soon after something happened, in a server.

What this process publishes says which logs have moved; where a webhook is to be told of one of them
it is told at once. A sweep finds what other processes and crashes left.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence

from chatproject.realtime.bus import Publication
from chatproject.realtime.database_threads import in_database_thread
from messaging.integrations.telling import tell_webhooks, watched_conversations

log = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
GATHER_SECONDS = 0.05

_TOPIC = "conversation:"


class WebhookFollower:
    """Everything belongs to the event loop."""

    def __init__(self) -> None:
        self._watched: frozenset[str] = frozenset()
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def follow(self, publications: Sequence[Publication]) -> None:
        if self._watched and any(
            each.rev and each.topic.removeprefix(_TOPIC) in self._watched for each in publications
        ):
            self._moved.set()

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._moved.wait()
            self._moved.clear()
            try:
                self._watched = await in_database_thread(watched_conversations)
                has_more = bool(self._watched)
                while has_more:
                    has_more = await in_database_thread(tell_webhooks)
            except Exception:
                log.exception("telling outgoing webhooks; it goes on")
            await asyncio.sleep(GATHER_SECONDS)
