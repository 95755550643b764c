"""Tells outgoing webhooks soon after something happened, in a server.

What this process publishes says which logs have moved; where a webhook is to be told of one of them
it is told at once. A sweep finds what other processes and crashes left.
"""

from collections.abc import Sequence

from chatproject.realtime.bus import Publication
from chatproject.realtime.database_threads import in_database_thread
from chatproject.realtime.follower import Follower
from messaging.integrations.queueing import queue_deliveries, watched_conversations

_TOPIC = "conversation:"


class WebhookFollower(Follower):
    name = "telling outgoing webhooks"
    pause = 0.05
    sweep = 2.0

    def __init__(self) -> None:
        super().__init__()
        self._watched: frozenset[str] = frozenset()

    def follow(self, publications: Sequence[Publication]) -> None:
        if self._watched and any(
            each.rev and each.topic.removeprefix(_TOPIC) in self._watched for each in publications
        ):
            self._is_due.set()

    async def _round(self) -> None:
        self._watched = await in_database_thread(watched_conversations)
        has_more = bool(self._watched)
        while has_more:
            has_more = await in_database_thread(queue_deliveries)
