"""The bus carries committed events to the processes whose sockets listen.

`Bus` is the contract. `MemoryBus` serves one process, `RedisBus` any number of them. A lost
publication loses nothing: the reconciler compares revs with the database.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from chatproject.core.api.json import dump


class Publication(NamedTuple):
    """One encoded event on its way to the sockets of a topic.

    `seq` is the place in the log that a listener must be able to see, 0 where there is none to
    check. `rev` and `member_rev` are 0 where the event has no place in a log (receipts, typing,
    and all of a person's own topic). A repeatable one may come late and twice, and is found by no
    reconciler: a bus that was away publishes it again. `begun_at` is when a send was taken in, in
    seconds since 1970, 0 for all else; another process has it of the oldest send of a flush.
    `trace` is the place of the send in its trace, see `core.traces`.
    """

    topic: str
    frame: bytes
    seq: int = 0
    rev: int = 0
    member_rev: int = 0
    is_repeatable: bool = False
    begun_at: float = 0.0
    trace: bytes = b""


Deliver = Callable[[Sequence[Publication]], None]


class BusAway(Exception):
    """The bus reaches no other process: those have what is published by their reconcilers."""


class Bus(Protocol):
    """All methods belong to the event loop's thread. `deliver` must not block or raise."""

    async def start(self, deliver: Deliver, on_gap: Callable[[], None]) -> None:
        """`on_gap` is called whenever publications of others may have been lost."""

    async def stop(self) -> None: ...

    async def subscribe(self, topics: Collection[str]) -> None:
        """From the return on, publications on the topics arrive. Subscriptions are counted."""

    async def unsubscribe(self, topics: Collection[str]) -> None: ...

    def publish(self, publications: Sequence[Publication]) -> None:
        """Sends without waiting for a reply; local sockets get theirs first and in order."""

    async def ping(self) -> None:
        """Returns when the bus works. Raises BusAway where it does not reach other processes, and
        ConnectionError when it was not started."""


def conversation_topic(conversation_id: UUID | str) -> str:
    return f"conversation:{conversation_id}"


def user_topic(user_id: UUID | str) -> str:
    return f"user:{user_id}"


def to_user(user_id: UUID, event: dict[str, object], *, is_repeatable: bool = False) -> Publication:
    """An event for all sockets of one person."""
    return Publication(user_topic(user_id), dump(event), is_repeatable=is_repeatable)


_bus: Bus | None = None
_outlet: Deliver | None = None


def install(bus: Bus | None, outlet: Deliver | None) -> None:
    """Makes a started bus that of this process; `outlet` takes publications in any thread."""
    global _bus, _outlet
    _bus, _outlet = bus, outlet


def has_outlet() -> bool:
    """Whether this process serves sockets."""
    return _outlet is not None


def get_bus() -> Bus:
    """The bus of this process; raises ConnectionError when none is started."""
    if _bus is None:
        raise ConnectionError("no bus is started")
    return _bus


def publish(publications: Iterable[Publication]) -> None:
    """Publishes what an action has committed. From any thread; nothing goes wrong for the caller.

    A process without a hub (`manage.py`, a worker) has no outlet: the reconcilers of the serving
    processes find what it changed.
    """
    if _outlet is not None:
        _outlet(list(publications))
