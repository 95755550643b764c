"""A cache of the last messages of conversations that are being read, by (conversation, rev).

Every change of a log takes a rev, so an entry is right for as long as the log stands at its rev, in
whatever process; every read takes the head anyway, which tells the rev. A message that is sent is
added to the entry of its conversation, so that the next reader finds it. An entry holds only what
is the same for everybody; names, hides and all that is a person's own is read each time.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

PAGE = 50  # messages; longer pages are not taken from here
SIZE = PAGE + 1  # one more, by which it is known that there are older ones
MAX_CONVERSATIONS = 1_000  # some 50 KB each


class CachedMessage(NamedTuple):
    """A message: its shared shape, who sent it, and whom it names."""

    shape: Mapping[str, Any]
    sender: str | None
    named: Sequence[str]


class CachedPage(NamedTuple):
    """The last messages at a rev, ascending; none where they cannot be cached."""

    rev: int
    messages: Sequence[CachedMessage]


class _Entry:
    """The entry of one conversation; `sent` came since, and is made when the entry is read."""

    __slots__ = ("messages", "rev", "sent")

    def __init__(self, latest: CachedPage) -> None:
        self.rev = latest.rev
        self.messages = deque(latest.messages, maxlen=SIZE)
        self.sent: deque[Callable[[], CachedMessage]] = deque(maxlen=SIZE)

    def latest(self) -> CachedPage:
        self.messages.extend(make() for make in self.sent)
        self.sent.clear()
        return CachedPage(self.rev, list(self.messages))


class LatestPageCache:
    """One a process, for all its threads."""

    def __init__(self) -> None:
        self._pages: OrderedDict[UUID, _Entry] = OrderedDict()
        self._lock = Lock()

    def get(self, conversation_id: UUID, rev: int) -> CachedPage | None:
        with self._lock:
            page = self._pages.get(conversation_id)
            if page is None or page.rev != rev:
                return None
            self._pages.move_to_end(conversation_id)
            return page.latest()

    def put(self, conversation_id: UUID, latest: CachedPage) -> None:
        with self._lock:
            page = self._pages.get(conversation_id)
            if page is not None and page.rev > latest.rev:
                return
            self._pages[conversation_id] = _Entry(latest)
            self._pages.move_to_end(conversation_id)
            if len(self._pages) > MAX_CONVERSATIONS:
                self._pages.popitem(last=False)

    def holds(self, conversation_id: UUID) -> bool:
        """Whether it has an entry, at whatever rev."""
        return conversation_id in self._pages

    def follow(self, conversation_id: UUID, rev: int, make: Callable[[], CachedMessage]) -> None:
        """A message was sent, as this rev; `make` is called when the entry is read."""
        with self._lock:
            page = self._pages.get(conversation_id)
            if page is None or page.rev >= rev:
                return
            if page.rev == rev - 1 and page.messages:
                page.rev = rev
                page.sent.append(make)
            else:  # something came in between, or it could not be cached
                del self._pages[conversation_id]

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()


latest_pages = LatestPageCache()
