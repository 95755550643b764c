"""Finds new messages with links, in a server, and queues the tasks that fetch their previews.

It costs a send nothing but a search for a few bytes. What a crash leaves out has no preview.
"""

from collections.abc import Iterable, Sequence

from chatproject.realtime.bus import Publication
from chatproject.realtime.database_threads import in_database_thread
from chatproject.realtime.follower import Follower
from messaging import tasks

MOST_AT_ONCE = 500
MOST_WAITING = 5_000  # messages; in a flood the others have no previews

_CREATED = b'{"type":"message.created"'
_SIGNS = (b"://", b"www.", b"WWW.")
_TOPIC = "conversation:"

Place = tuple[str, int]


class LinkFollower(Follower):
    name = "previews of links"
    pause = 0.2

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[Place, None] = {}

    def follow(self, publications: Sequence[Publication]) -> None:
        for each in publications:
            frame = each.frame
            if not frame.startswith(_CREATED) or not any(sign in frame for sign in _SIGNS):
                continue
            if len(self._waiting) < MOST_WAITING:
                self._waiting[each.topic.removeprefix(_TOPIC), each.seq] = None
                self._is_due.set()

    async def _round(self) -> None:
        places = list(self._waiting)[:MOST_AT_ONCE]
        for place in places:
            del self._waiting[place]
        if self._waiting:
            self._is_due.set()
        await in_database_thread(queue_requests, places)


def queue_requests(places: Iterable[Place]) -> None:
    """Has the previews of these messages fetched, each by a task."""
    for conversation_id, seq in places:
        tasks.request_link_previews.defer(conversation_id=conversation_id, seq=seq)
