"""Notices, in a server, which new messages have links, and has their previews fetched.

It costs a send nothing but a search for a few bytes. What a crash leaves out has no preview.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence

from chatproject.realtime.bus import Publication
from chatproject.realtime.database_threads import in_database_thread
from messaging import tasks

PAUSE = 0.2  # seconds
MOST_AT_ONCE = 500
MOST_WAITING = 5_000  # messages; in a flood the others have no previews

_CREATED = b'{"type":"message.created"'
_SIGNS = (b"://", b"www.", b"WWW.")
_TOPIC = "conversation:"

log = logging.getLogger(__name__)

Place = tuple[str, int]


class LinkFollower:
    """Everything belongs to the event loop."""

    def __init__(self) -> None:
        self._waiting: dict[Place, None] = {}
        self._is_due = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def follow(self, publications: Sequence[Publication]) -> None:
        for each in publications:
            frame = each.frame
            if not frame.startswith(_CREATED) or not any(sign in frame for sign in _SIGNS):
                continue
            if len(self._waiting) < MOST_WAITING:
                self._waiting[each.topic.removeprefix(_TOPIC), each.seq] = None
                self._is_due.set()

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._is_due.wait()
            await asyncio.sleep(PAUSE)
            places = list(self._waiting)[:MOST_AT_ONCE]
            for place in places:
                del self._waiting[place]
            if not self._waiting:
                self._is_due.clear()
            try:
                await in_database_thread(queue_requests, places)
            except Exception as error:  # noqa: BLE001 (whatever it is, it goes on)
                log.warning("previews of links: %r", error)


def queue_requests(places: Iterable[Place]) -> None:
    """Has the previews of these messages fetched, each by a task."""
    for conversation_id, seq in places:
        tasks.request_link_previews.defer(conversation_id=conversation_id, seq=seq)
