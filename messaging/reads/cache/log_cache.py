"""A cache of messages from any part of a log, for viewers who scroll back.

As in `latest_page_cache`, every change of a log takes a rev, and every read asks for it, so what
was read at a rev is right for as long as the log stands there, in whatever process. A message that
is sent takes a rev and changes no other one, unless it is a reply, which changes the root of its
thread: of the others a log is told (`follow`), and keeps what it has. Of all else that has happened
a reader asks which messages it has changed (`log_catch_up`), and the log keeps the others.

It is bounded by the bytes that it takes. Messages are kept in blocks of consecutive seqs, of which
those used longest ago go first.
"""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from threading import Lock
from typing import cast
from uuid import UUID

from django.conf import settings

from messaging.reads.cache.latest_page_cache import CachedMessage, CachedPage

BLOCK = 64  # seqs
BLOCK_BYTES = 3_000  # of a block without its messages


class _Log:
    __slots__ = ("blocks", "is_group", "rev")

    def __init__(self, rev: int, *, is_group: bool) -> None:
        self.rev, self.is_group = rev, is_group
        self.blocks: set[int] = set()


_NOT_KNOWN = CachedMessage(0, b"", None)


class _Block:
    """The message of each seq, None for one that is not in the timeline, or _NOT_KNOWN. `others`
    are those that are no message."""

    __slots__ = ("messages", "others", "size")

    def __init__(self, number: int) -> None:
        self.messages: list[CachedMessage | None] = [_NOT_KNOWN] * BLOCK
        if number == 0:
            self.messages[0] = None  # seqs begin with 1
        self.others = BLOCK
        self.size = BLOCK_BYTES

    def put(self, place: int, message: CachedMessage | None) -> None:
        if self.messages[place] is _NOT_KNOWN:
            self.messages[place] = message
            if message is not None:
                self.others -= 1
                self.size += message.size

    def forget(self, place: int) -> None:
        message, self.messages[place] = self.messages[place], _NOT_KNOWN
        if message is not None and message is not _NOT_KNOWN:
            self.others += 1
            self.size -= message.size

    def last(self, end: int, count: int) -> list[CachedMessage] | None:
        """The last `count` messages before the place `end`, or all there are; None where one of
        them is not known."""
        if not self.others:
            return cast(list[CachedMessage], self.messages[max(0, end - count) : end])
        found: list[CachedMessage] = []
        for message in reversed(self.messages[:end]):
            if message is _NOT_KNOWN:
                return None
            if message is not None:
                found.append(message)
                if len(found) == count:
                    break
        return found[::-1]


class LogCache:
    """One a process, for all its threads. Bounded by LOG_CACHE_BYTES."""

    def __init__(self) -> None:
        self._logs: dict[UUID, _Log] = {}
        self._blocks: OrderedDict[tuple[UUID, int], _Block] = OrderedDict()
        self._lock = Lock()
        self._size = 0

    @property
    def size(self) -> int:
        """The bytes of all blocks."""
        return self._size

    def before(
        self, conversation_id: UUID, end: int, count: int, *, rev: int | None = None
    ) -> CachedPage | None:
        """The last `count` messages of the timeline with a seq below `end`, or all there are.

        None where one of them is not known, or not at this `rev`. Without a rev they are those of
        whatever rev is known: a guess at what they are now.
        """
        with self._lock:
            log = self._logs.get(conversation_id)
            if log is None or (rev is not None and log.rev != rev):
                return None
            found: list[CachedMessage] = []
            for number in range((end - 1) // BLOCK, -1, -1):
                block = self._blocks.get((conversation_id, number))
                if block is None:
                    return None
                part = block.last(min(end - number * BLOCK, BLOCK), count - len(found))
                if part is None:
                    return None
                self._blocks.move_to_end((conversation_id, number))
                found = part + found
                if len(found) == count:
                    break
            return CachedPage(log.rev, found, is_group=log.is_group)

    def put(
        self,
        conversation_id: UUID,
        rev: int,
        first: int,
        last: int,
        messages: Sequence[CachedMessage],
        *,
        is_group: bool = False,
    ) -> None:
        """`messages` are all of the timeline in [first, last], as they are at the rev; `is_group`
        as `CachedPage` has it."""
        with self._lock:
            log = self._logs.get(conversation_id)
            if log is not None and log.rev > rev:  # by a reader who was slow
                return
            if log is None or log.rev < rev:
                self._drop(conversation_id)
                log = self._logs[conversation_id] = _Log(rev, is_group=is_group)
            by_seq = {message.seq: message for message in messages}
            for number in range(first // BLOCK, last // BLOCK + 1):
                block = self._block(conversation_id, log, number)
                self._size -= block.size
                start = number * BLOCK
                for seq in range(max(first, start), min(last, start + BLOCK - 1) + 1):
                    block.put(seq - start, by_seq.get(seq))
                self._size += block.size
            self._make_room()

    def follow(self, conversation_id: UUID, rev: int) -> None:
        """A message was sent as this rev, which is no reply."""
        if conversation_id not in self._logs:
            return
        with self._lock:
            log = self._logs.get(conversation_id)
            if log is not None and log.rev == rev - 1:
                log.rev = rev

    def rev_of(self, conversation_id: UUID) -> int | None:
        """At which the log is known; None where nothing of it is."""
        log = self._logs.get(conversation_id)
        return None if log is None else log.rev

    def catch_up(self, conversation_id: UUID, was: int, rev: int, changed: Collection[int]) -> None:
        """From the rev at which the log `was` to this one no other messages have `changed`."""
        with self._lock:
            log = self._logs.get(conversation_id)
            if log is None or log.rev != was:  # another reader was quicker
                return
            log.rev = rev
            for seq in changed:
                block = self._blocks.get((conversation_id, seq // BLOCK))
                if block is not None:
                    self._size -= block.size
                    block.forget(seq % BLOCK)
                    self._size += block.size

    def _block(self, conversation_id: UUID, log: _Log, number: int) -> _Block:
        block = self._blocks.get((conversation_id, number))
        if block is None:
            block = self._blocks[conversation_id, number] = _Block(number)
            log.blocks.add(number)
            self._size += block.size
        self._blocks.move_to_end((conversation_id, number))
        return block

    def _drop(self, conversation_id: UUID) -> None:
        log = self._logs.pop(conversation_id, None)
        for number in log.blocks if log else ():
            self._size -= self._blocks.pop((conversation_id, number)).size

    def _make_room(self) -> None:
        while self._blocks and self._size > settings.LOG_CACHE_BYTES:
            (conversation_id, number), block = self._blocks.popitem(last=False)
            self._size -= block.size
            log = self._logs[conversation_id]
            log.blocks.remove(number)
            if not log.blocks:
                del self._logs[conversation_id]

    def clear(self) -> None:
        with self._lock:
            self._logs.clear()
            self._blocks.clear()
            self._size = 0


logs = LogCache()
