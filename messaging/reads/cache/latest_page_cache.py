"""A cache of the last messages of conversations that are being read, by (conversation, rev).

Every change of a log takes a rev, so an entry is right for as long as the log stands at its rev, in
whatever process; every read takes the head anyway, which tells the rev. A message that is sent is
added to the entry of its conversation, so that the next reader finds it. An entry holds only what
is the same for everybody; names, hides and all that is a person's own is read each time.

Messages are kept as JSON, which takes two fifths of the memory of Python's values and goes into
most answers as it is. The cache is bounded by the bytes that its entries take, since a message may
have 300 or 100,000 of them.
"""

import sys
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

PAGE = 60  # messages, as many as a browser opens with; longer pages are not taken from here
SIZE = PAGE + 1  # one more, by which it is known that there are older ones
ENTRY_BYTES = 1_000  # of an entry without its messages
MESSAGE_BYTES = 200  # of a message without its JSON and whom it names


class CachedMessage(NamedTuple):
    """A message that everybody sees alike: the JSON of its shared shape, who sent it, whom it
    names, and whether a viewer is told more of their own than whose it is and who has it: their
    reactions, their state of its thread, their votes."""

    seq: int
    shared: bytes
    sender: str | None
    named: Sequence[str] = ()
    kind: str = "text"
    is_personal: bool = False

    @property
    def size(self) -> int:
        """The bytes that it takes in memory."""
        return MESSAGE_BYTES + len(self.shared) + sum(map(sys.getsizeof, self.named))


class CachedPage(NamedTuple):
    """The last messages at a rev, ascending; none where they cannot be cached.

    `last_seq` is that of the log at the rev, which may be one of a thread. `database` is where they
    were read (`core.db.identity`); empty where nobody asked. `is_group` where the conversation is
    known to be no direct one."""

    rev: int
    messages: Sequence[CachedMessage]
    last_seq: int = 0
    database: str = ""
    is_group: bool = False


class _Entry:
    """The entry of one conversation."""

    __slots__ = ("database", "is_group", "last_seq", "messages", "rev", "size")

    def __init__(self, latest: CachedPage) -> None:
        self.rev, self.last_seq, self.database = latest.rev, latest.last_seq, latest.database
        self.is_group, self.messages = latest.is_group, deque(latest.messages)
        self.size = ENTRY_BYTES + sum(message.size for message in self.messages)

    def add(self, message: CachedMessage) -> None:
        self.messages.append(message)
        self.last_seq = message.seq
        self.size += message.size
        if len(self.messages) > SIZE:
            self.size -= self.messages.popleft().size

    def latest(self) -> CachedPage:
        messages = list(self.messages)
        return CachedPage(self.rev, messages, self.last_seq, self.database, self.is_group)


class LatestPageCache:
    """One a process, for all its threads. Those used longest ago go where it takes more bytes than
    PAGE_CACHE_BYTES."""

    def __init__(self) -> None:
        self._pages: OrderedDict[UUID, _Entry] = OrderedDict()
        self._lock = Lock()
        self._size = 0

        # Is told of conversations whose page other processes may not have yet, in any thread.
        self.listener: Callable[[UUID], None] | None = None

    @property
    def size(self) -> int:
        """The bytes of all entries."""
        return self._size

    def get(self, conversation_id: UUID, rev: int) -> CachedPage | None:
        with self._lock:
            page = self._pages.get(conversation_id)
            if page is None or page.rev != rev:
                return None
            self._pages.move_to_end(conversation_id)
            return page.latest()

    def peek(self, conversation_id: UUID) -> CachedPage | None:
        """At whatever rev, which may be past: a guess at what the page is now."""
        with self._lock:
            page = self._pages.get(conversation_id)
            return None if page is None else page.latest()

    def put(self, conversation_id: UUID, latest: CachedPage, *, is_news: bool = False) -> None:
        """`is_news` for what other processes may not have."""
        with self._lock:
            page = self._pages.get(conversation_id)
            if page is not None and page.rev > latest.rev:
                return
            self._drop(conversation_id)
            entry = self._pages[conversation_id] = _Entry(latest)
            self._size += entry.size
            self._make_room()
        if is_news:
            self._tell(conversation_id)

    def holds(self, conversation_id: UUID) -> bool:
        """Whether it has an entry, at whatever rev."""
        return conversation_id in self._pages

    def follow(self, conversation_id: UUID, rev: int, message: CachedMessage) -> None:
        """A message was sent, as this rev."""
        with self._lock:
            page = self._pages.get(conversation_id)
            if page is None or page.rev >= rev:
                return
            if page.rev == rev - 1 and page.messages:
                page.rev = rev
                self._size -= page.size
                page.add(message)
                self._size += page.size
                self._make_room()
            else:  # something came in between, of which the next reader asks
                if not page.messages:
                    self._drop(conversation_id)
                return
        self._tell(conversation_id)

    def _tell(self, conversation_id: UUID) -> None:
        if self.listener is not None:
            self.listener(conversation_id)

    def _drop(self, conversation_id: UUID) -> None:
        page = self._pages.pop(conversation_id, None)
        self._size -= page.size if page else 0

    def _make_room(self) -> None:
        while self._pages and self._size > settings.PAGE_CACHE_BYTES:
            _, page = self._pages.popitem(last=False)
            self._size -= page.size

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self._size = 0


latest_pages = LatestPageCache()
