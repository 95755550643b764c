"""The hub's queries to the application, as a contract: who may see what, and what a feed missed. No
app is imported.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from chatproject.realtime.bus import Publication

# Visible spans [from_seq, to_seq] of one conversation, in order.
Spans = tuple[tuple[int, int], ...]


class Head(NamedTuple):
    rev: int
    member_rev: int


class View(NamedTuple):
    """What a person may see of a conversation now, and the head of its log."""

    conversation_id: str  # text, as in topics and frames: a person may have thousands
    head: Head
    spans: Spans


class Missed(NamedTuple):
    """The publications after a rev, in order; not `is_whole`: there were too many to read."""

    publications: Sequence[Publication]
    head: Head
    is_whole: bool


class ChangedStates(NamedTuple):
    """Own states that may have changed after a mark, as (person, event `state.changed`)."""

    states: Sequence[tuple[UUID, dict[str, Any]]]
    mark: str  # pass it to the next call, which finds what this one could not see yet


class HubQueries(Protocol):
    """All methods read the database, and raise if it does not answer."""

    async def views(self, user_id: UUID) -> list[View]:
        """The conversations that the person is in."""

    async def view(self, user_id: UUID, conversation_id: UUID) -> View | None:
        """The view of a conversation, for members and others; None if they may not see it."""

    async def spans(
        self, conversation_id: UUID, user_ids: Collection[UUID]
    ) -> tuple[Head, Mapping[UUID, Spans]]:
        """The head, and the visible spans of those people who may see anything."""

    async def last_seen(self, conversation_id: UUID, user_id: UUID) -> int | None:
        """The last seq that somebody who left still sees; None for none."""

    async def heads(self, conversation_ids: Collection[UUID]) -> Mapping[UUID, Head]: ...

    async def joined_within(
        self, user_ids: Collection[UUID], seconds: float
    ) -> Collection[tuple[UUID, UUID]]:
        """(person, conversation) of the memberships that began in the last `seconds`."""

    async def changed_states(self, user_ids: Collection[UUID], since: str) -> ChangedStates:
        """These people's own states that were written after the mark `since`, as they are now; with
        an empty mark only the new mark. It may find some that have not changed, but misses none."""

    async def missed(self, conversation_id: UUID, since_rev: int) -> Missed: ...

    async def live_sign_ins(self, sign_in_ids: Collection[UUID]) -> Collection[UUID]:
        """The sign-ins among these that have not ended."""
