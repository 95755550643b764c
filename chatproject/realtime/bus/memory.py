"""The bus of one process: delivers what is published at once and in order."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence

from chatproject.realtime.bus import Deliver, Publication


class MemoryBus:
    """See `bus.Bus` for the contract."""

    def __init__(self) -> None:
        self._deliver: Deliver | None = None
        self._subscribers: Counter[str] = Counter()

    async def start(self, deliver: Deliver, on_gap: Callable[[], None]) -> None:
        self._deliver = deliver

    async def stop(self) -> None:
        self._deliver = None
        self._subscribers.clear()

    async def subscribe(self, topics: Collection[str]) -> None:
        self._subscribers.update(topics)

    async def unsubscribe(self, topics: Collection[str]) -> None:
        self._subscribers.subtract(topics)
        for topic in topics:
            if self._subscribers[topic] <= 0:
                del self._subscribers[topic]

    def publish(self, publications: Sequence[Publication]) -> None:
        if self._deliver is None:
            return
        wanted = [item for item in publications if item.topic in self._subscribers]
        if wanted:
            self._deliver(wanted)

    async def ping(self) -> None:
        if self._deliver is None:
            raise ConnectionError("the bus is not started")
