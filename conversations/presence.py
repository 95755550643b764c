"""What presence asks the application, answered from the database, and its shape for a request."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.actions.last_seen import keep_last_seen
from accounts.reads.last_seen import last_seen
from chatproject.core.realtime.presence.presence import look_from_thread
from chatproject.core.realtime.presence.store import NOT_TOLD, State, Status, state_json
from chatproject.core.realtime.threads import in_database_thread
from conversations.reads.presence import visible_presence


class DatabaseBook:
    """See `chatproject.core.realtime.presence.book.Book` for the contract."""

    async def visible(self, lists: Mapping[UUID, Collection[UUID]]) -> set[tuple[UUID, UUID]]:
        return await in_database_thread(visible_presence, lists)

    async def last_seen(self, user_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
        return await in_database_thread(last_seen, user_ids)

    async def keep_last_seen(self, seen: Mapping[UUID, datetime]) -> None:
        await in_database_thread(keep_last_seen, seen)


def presence_of(*, viewer_id: UUID, user_ids: Collection[UUID]) -> list[dict[str, Any]]:
    """How these people are, as far as the viewer may know, in their order.

    Where this process has no real-time part, nobody is known to be here. Raises Unavailable.
    """
    states = look_from_thread(viewer_id, user_ids)
    if states is None:
        states = _by_database(viewer_id, user_ids)
    return [state_json(user_id, states[user_id]) for user_id in user_ids]


def _by_database(viewer_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, State]:
    visible = visible_presence({viewer_id: user_ids})
    kept = last_seen(user_ids)
    return {
        user_id: State(Status.OFFLINE, kept.get(user_id))
        if (viewer_id, user_id) in visible
        else NOT_TOLD
        for user_id in user_ids
    }
