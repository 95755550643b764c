"""What presence asks the application, and the word that its answers have changed."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chatproject.core.api.json import dump
from chatproject.realtime.bus import Publication


class PresenceQueries(Protocol):
    """All methods use the database; they raise when it does not answer."""

    async def visible(self, lists: Mapping[UUID, Collection[UUID]]) -> set[tuple[UUID, UUID]]:
        """Of the people whom each viewer asks for, the (viewer, person) that they may see."""

    async def last_seen(self, user_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
        """When they were here last, as far as it was kept."""

    async def keep_last_seen(self, seen: Mapping[UUID, datetime]) -> None: ...


TOPIC = "presence"


def rights_changed(user_ids: Iterable[UUID]) -> Publication:
    """Whom these people may see, or who may see them, is not as it was. For after the commit.

    The next round of presence asks anew (5 s); where the word is lost, within 5 minutes.
    """
    return Publication(TOPIC, dump({"userIds": [str(user_id) for user_id in user_ids]}))
