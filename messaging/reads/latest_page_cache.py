"""The last messages of conversations that are being read, kept by (conversation, rev).

Every change of a log takes a rev, so what is kept of a rev is right for as long as the log stands
there, in whatever process: a look at the head, which every read takes anyway, says whether it does.
A message that is sent moves the page of its conversation on, so that the next reader finds it. Only
what is the same for everybody is kept; names, hides and all that is a person's own is read anew.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

PAGE = 50  # messages; longer pages are not taken from here
SIZE = PAGE + 1  # one more, by which it is known that there are older ones
MAX_CONVERSATIONS = 1_000  # some 50 KB each


class Kept(NamedTuple):
    """A message: its shared shape, who sent it, and whom it names."""

    shape: Mapping[str, Any]
    sender: str | None
    named: Sequence[str]


class Latest(NamedTuple):
    """The last messages at a rev, ascending; none where they cannot be kept."""

    rev: int
    messages: Sequence[Kept]


class _Page:
    """What is kept of one conversation; `sent` is what came since, to be made when it is read."""

    __slots__ = ("messages", "rev", "sent")

    def __init__(self, latest: Latest) -> None:
        self.rev = latest.rev
        self.messages = deque(latest.messages, maxlen=SIZE)
        self.sent: deque[Callable[[], Kept]] = deque(maxlen=SIZE)

    def latest(self) -> Latest:
        self.messages.extend(make() for make in self.sent)
        self.sent.clear()
        return Latest(self.rev, list(self.messages))


class Recent:
    """One a process, for all its threads."""

    def __init__(self) -> None:
        self._pages: OrderedDict[UUID, _Page] = OrderedDict()
        self._lock = Lock()

    def get(self, conversation_id: UUID, rev: int) -> Latest | None:
        with self._lock:
            page = self._pages.get(conversation_id)
            if page is None or page.rev != rev:
                return None
            self._pages.move_to_end(conversation_id)
            return page.latest()

    def put(self, conversation_id: UUID, latest: Latest) -> None:
        with self._lock:
            page = self._pages.get(conversation_id)
            if page is not None and page.rev > latest.rev:
                return
            self._pages[conversation_id] = _Page(latest)
            self._pages.move_to_end(conversation_id)
            if len(self._pages) > MAX_CONVERSATIONS:
                self._pages.popitem(last=False)

    def holds(self, conversation_id: UUID) -> bool:
        """Whether something of it is kept, at whatever rev."""
        return conversation_id in self._pages

    def follow(self, conversation_id: UUID, rev: int, make: Callable[[], Kept]) -> None:
        """A message was sent, as this rev; `make` is called when it is read from here."""
        with self._lock:
            page = self._pages.get(conversation_id)
            if page is None or page.rev >= rev:
                return
            if page.rev == rev - 1 and page.messages:
                page.rev = rev
                page.sent.append(make)
            else:  # something came in between, or it could not be kept
                del self._pages[conversation_id]

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()


recent = Recent()
