"""A bounded buffer between the socket and the program that iterates over events.

The socket must not wait for a slow program, since acknowledgements come behind events. So events
that do not fit are dropped, and fetched from the logs once there is room.
"""

import asyncio
from collections import deque
from collections.abc import Iterable

from .errors import ChatError
from .events import Event
from .revs import Revs

MAX_BUFFERED = 10_000


class Buffer:
    def __init__(self, revs: Revs, size: int | None = None) -> None:
        self._revs = revs
        self._size = size or MAX_BUFFERED
        self._events: deque[Event] = deque()
        self._in_hand: Event | None = None
        self._has_news = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._end: ChatError | None = None
        self._is_ended = False

    def put(self, events: Iterable[Event]) -> None:
        first: dict[str, int] = {}  # the first dropped rev of each conversation
        for event in events:
            if len(self._events) < self._size or _cannot_be_fetched(event):
                self._events.append(event)
            elif event.message is not None:
                where, rev = event.data["conversationId"], event.data["rev"]
                first[where] = min(first.get(where, rev), rev)
        for where, rev in first.items():
            self._revs.rewind(where, rev - 1)
            self._has_room.clear()
        if self._events:
            self._has_news.set()

    def end(self, error: ChatError | None) -> None:
        """Ends the iteration; raises `error` there if there is one."""
        self._end, self._is_ended = error, True
        self._has_news.set()

    async def wait_for_room(self) -> None:
        """Returns when dropped events may be fetched."""
        await self._has_room.wait()

    async def take(self) -> Event | None:
        """The next event; None at the end. The one before counts as processed."""
        self._in_hand = None
        while not self._events:
            if self._is_ended:
                if self._end is not None:
                    raise self._end
                return None
            self._has_news.clear()
            await self._has_news.wait()
        self._in_hand = self._events.popleft()
        if len(self._events) <= self._size // 2:
            self._has_room.set()
        return self._in_hand

    def done(self) -> dict[str, int]:
        """The rev up to which all events of a conversation were processed, by its id."""
        revs = self._revs.known()
        waiting = [*([self._in_hand] if self._in_hand else []), *self._events]
        for event in waiting:
            where, rev = event.conversation_id, event.rev
            if where in revs and rev is not None:
                revs[where] = min(revs[where], rev - 1)
        return revs


def _cannot_be_fetched(event: Event) -> bool:
    """Whether it tells of joining or leaving a conversation, which no log repeats."""
    return event.type.startswith("conversation.")
