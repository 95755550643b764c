"""Which conversations are on a page of the inbox, in their order, and the version of each entry.

What is told of them is asked apart from this (`pages`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.readings import Steps
from chatproject.core.db.statements import big
from messaging.reads.inbox.entries import Version
from messaging.reads.inbox.sources import page_rows


class Key(NamedTuple):
    """The place of an entry in the inbox: pinned ones first, the last pinned on top; then by the
    last message, of which there may be none yet; then by id."""

    pinned_at: datetime | None
    activity: datetime
    id: UUID


# No row comes before it, so that the first page needs no other statement.
BEFORE_ALL = Key(datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True, slots=True)
class Filters:
    """`archived` None is both; `left` lists those that the person has left, instead."""

    archived: bool | None = None
    unread: bool = False
    left: bool = False


class Listed(NamedTuple):
    """A conversation on a page; the id is a text."""

    id: str
    pinned_at: datetime | None
    activity: datetime
    version: Version

    @property
    def key(self) -> Key:
        return Key(self.pinned_at, self.activity, UUID(self.id))


def list_conversations(
    *, user_id: UUID, after: Key | None, limit: int, filters: Filters
) -> Steps[list[Listed]]:
    """The next `limit` of the person's conversations; one round trip."""
    start = after or BEFORE_ALL
    params: dict[str, Any] = {
        "viewer": user_id,
        "pinned": start.pinned_at,
        "activity": start.activity,
        "last": start.id,
        "archived": filters.archived,
        "limit": big(limit),
    }
    rows = yield from page_rows(params, left=filters.left, unread=filters.unread)
    return [Listed(row[0], row[1], row[2], row[3:]) for row in rows]
