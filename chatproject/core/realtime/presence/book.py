"""What presence asks the application. No app is imported."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID


class Book(Protocol):
    """All methods use the database; they raise when it does not answer."""

    async def visible(self, lists: Mapping[UUID, Collection[UUID]]) -> set[tuple[UUID, UUID]]:
        """Of the people whom each viewer asks for, the (viewer, person) that they may see."""

    async def last_seen(self, user_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
        """When they were here last, as far as it was kept."""

    async def keep_last_seen(self, seen: Mapping[UUID, datetime]) -> None: ...
