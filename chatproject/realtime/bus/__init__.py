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

    `seq` is the seq that a listener must be able to see; 0: every listener gets the event. `rev`
    and `member_rev` are 0 for events outside of a log (receipts, typing, personal topics). A
    repeatable publication may arrive late and twice; the bus publishes it again after a failure,
    since no reconciler would find it. `begun_at` is the time at which a send was taken in, in
    seconds since 1970, 0 for anything else; other processes get that of the oldest send of a flush.
    `trace` is the place of the send in its trace (`core.traces`).
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
    """The bus does not reach other processes, which depend on their reconcilers meanwhile."""


class Bus(Protocol):
    """All methods belong to the event loop's thread. `deliver` must not block or raise."""

    async def start(self, deliver: Deliver, on_gap: Callable[[], None]) -> None:
        """`on_gap` is called whenever publications of other processes may have been lost."""

    async def stop(self) -> None: ...

    async def subscribe(self, topics: Collection[str]) -> None:
        """Once it returns, publications on the topics arrive. Subscriptions are counted."""

    async def unsubscribe(self, topics: Collection[str]) -> None: ...

    def publish(self, publications: Sequence[Publication]) -> None:
        """Sends without waiting for a reply; local sockets get theirs first and in order."""

    async def ping(self) -> None:
        """Returns if the bus works. Raises BusAway if it does not reach other processes, and
        ConnectionError if it was not started."""


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
