"""Tells the other server processes what was sent through this one, for `recent_sends`.

So people find what they have just written in its place whichever process they ask, a moment after
the acknowledgement: one publication for each flush of sends, on a topic that every process hears.
One that is lost leaves that to the follower, as for what others write.
"""

from collections import deque
from collections.abc import Sequence
from uuid import UUID

import orjson

from chatproject.core.api.json import dump
from chatproject.realtime.bus import Bus, Publication
from messaging.inbox.recent_sends import RecentSends

KIND = "sent"
TOPIC = f"{KIND}:all"
MOST = 2_000  # that wait for the next publication


class SharedSends:
    """All methods belong to the event loop's thread; sends are noted in any."""

    def __init__(self, bus: Bus, recent: RecentSends) -> None:
        self._bus = bus
        self._recent = recent
        self._waiting: deque[tuple[UUID, UUID]] = deque(maxlen=MOST)

    async def start(self) -> None:
        """Hears the others, and is told of what is noted from here on."""
        await self._bus.subscribe([TOPIC])
        self._recent.listener = self._waiting.append

    def follow(self, publications: Sequence[Publication]) -> None:
        """Follows the bus: what was stored is published in the same turn as its events."""
        pairs = []
        while self._waiting:
            sender_id, conversation_id = self._waiting.popleft()
            pairs.append(f"{sender_id} {conversation_id}")
        if pairs:
            self._bus.publish([Publication(TOPIC, dump(pairs))])

    def deliver(self, publications: Sequence[Publication]) -> None:
        """Takes in what comes from the bus; one's own comes back, and changes nothing."""
        for publication in publications:
            for pair in orjson.loads(publication.frame):
                sender_id, conversation_id = map(UUID, pair.split())
                self._recent.add(sender_id, conversation_id)
