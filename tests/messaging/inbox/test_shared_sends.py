"""What one process has stored, the others know of, over a real Redis."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chatproject.realtime.bus import Publication
from chatproject.realtime.bus.redis import RedisBus
from messaging.inbox.recent_sends import RecentSends
from messaging.inbox.shared_sends import TOPIC, SharedSends
from messaging.search.following import FollowedBus
from tests.redis_server import RedisServer

ANN, BEN = UUID(int=1), UUID(int=2)


def row(sender_id: UUID | None, conversation: int) -> Any:
    return {"sender_id": sender_id, "conversation_id": UUID(int=conversation)}


class Process:
    def __init__(self, url: str) -> None:
        self.recent = RecentSends()
        self.bus = FollowedBus(RedisBus(url))
        self.sends = SharedSends(self.bus, self.recent)
        self.bus.followers.append(self.sends.follow)
        self.published: list[Publication] = []
        self.bus.followers.append(self.published.extend)

    async def start(self) -> None:
        self._news = asyncio.Event()
        await self.bus.start(self._deliver, lambda: None)
        await self.sends.start()

    def _deliver(self, publications: Sequence[Publication]) -> None:
        self.sends.deliver([it for it in publications if it.topic == TOPIC])
        self._news.set()

    def store(self, *rows: Any) -> None:
        """As a flush does, whose events are published after the commit."""
        for each in rows:
            self.recent.note(each)
        self.bus.publish([Publication("conversation:1", b"[]", rev=1)])

    async def knows(self, person: UUID, *conversations: int) -> None:
        async with asyncio.timeout(20):
            while set(self.recent.of(person) or ()) != {UUID(int=each) for each in conversations}:
                self._news.clear()
                await self._news.wait()


async def share(url: str) -> None:
    one, other = Process(url), Process(url)
    await one.start()
    await other.start()
    try:
        one.store(row(ANN, 11), row(BEN, 12), row(ANN, 13), row(None, 14))
        assert [it.topic for it in one.published].count(TOPIC) == 1
        await other.knows(ANN, 11, 13)
        await other.knows(BEN, 12)
        assert set(one.recent.of(ANN) or ()) == {UUID(int=11), UUID(int=13)}
        # What came from another is not told on.
        assert TOPIC not in [it.topic for it in other.published]
        one.store()
        assert [it.topic for it in one.published].count(TOPIC) == 1
    finally:
        await one.bus.stop()
        await other.bus.stop()


def test_another_process_knows_what_was_sent() -> None:
    with RedisServer() as server:
        asyncio.run(share(server.url))
