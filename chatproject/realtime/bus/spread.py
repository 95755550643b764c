"""The bus over several Redis servers: each topic has one of them, by its hash.

While one is away, its topics alone go without: their sockets in other processes get events by the
reconciler, as they do where there is one Redis.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence

from chatproject.core import metrics
from chatproject.realtime.bus import Deliver, Publication
from chatproject.realtime.bus.redis import RedisBus
from chatproject.realtime.redis_servers import server_for


class SpreadBus:
    """See `bus.Bus` for the contract."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._buses = [RedisBus(url) for url in urls]

    async def start(self, deliver: Deliver, on_gap: Callable[[], None]) -> None:
        await asyncio.gather(*(bus.start(deliver, on_gap) for bus in self._buses))
        metrics.sample(metrics.BUS_LINKS, lambda: all(bus.is_linked for bus in self._buses))

    async def stop(self) -> None:
        await asyncio.gather(*(bus.stop() for bus in self._buses))

    async def subscribe(self, topics: Collection[str]) -> None:
        shares = self._shares(topics)
        await asyncio.gather(*(self._buses[at].subscribe(own) for at, own in shares.items()))

    async def unsubscribe(self, topics: Collection[str]) -> None:
        shares = self._shares(topics)
        await asyncio.gather(*(self._buses[at].unsubscribe(own) for at, own in shares.items()))

    def publish(self, publications: Sequence[Publication]) -> None:
        shares: dict[int, list[Publication]] = {}
        for item in publications:
            shares.setdefault(server_for(item.topic, len(self._buses)), []).append(item)
        for at, own in shares.items():
            self._buses[at].publish(own)

    async def ping(self) -> None:
        """Raises BusAway when any of the servers is not reached."""
        await asyncio.gather(*(bus.ping() for bus in self._buses))

    def _shares(self, topics: Collection[str]) -> dict[int, list[str]]:
        shares: dict[int, list[str]] = {}
        for topic in topics:
            shares.setdefault(server_for(topic, len(self._buses)), []).append(topic)
        return shares
