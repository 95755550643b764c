"""The hub's queries to the application, as a contract: who may see what, and what a feed missed. No
app is imported.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from chatproject.realtime.bus import Publication

# Visible stretches [from_seq, to_seq] of one conversation, ascending.
Spans = tuple[tuple[int, int], ...]


class Head(NamedTuple):
    rev: int
    member_rev: int


class View(NamedTuple):
    """What a person may see of a conversation now, and where its log stands."""

    conversation_id: str  # as topics and frames have it; a person may be in thousands
    head: Head
    spans: Spans


class Missed(NamedTuple):
    """The publications after a rev, in order; `is_whole` is false where there were too many."""

    publications: Sequence[Publication]
    head: Head
    is_whole: bool


class ChangedStates(NamedTuple):
    """The own views that may have changed after a mark, as (person, event `state.changed`)."""

    states: Sequence[tuple[UUID, dict[str, Any]]]
    mark: str  # from which the next question finds what this one could not see yet


class HubQueries(Protocol):
    """All methods read the database; they raise when it does not answer."""

    async def views(self, user_id: UUID) -> list[View]:
        """The conversations that the person is in."""

    async def view(self, user_id: UUID, conversation_id: UUID) -> View | None:
        """One conversation that the person may see, in it or not; None when they may not."""

    async def spans(
        self, conversation_id: UUID, user_ids: Collection[UUID]
    ) -> tuple[Head, Mapping[UUID, Spans]]:
        """The visible stretches of these people, without those who may see nothing."""

    async def last_seen(self, conversation_id: UUID, user_id: UUID) -> int | None:
        """The last seq that somebody who is out of a conversation still sees; None for none."""

    async def heads(self, conversation_ids: Collection[UUID]) -> Mapping[UUID, Head]: ...

    async def joined_within(
        self, user_ids: Collection[UUID], seconds: float
    ) -> Collection[tuple[UUID, UUID]]:
        """(person, conversation) of the memberships that began in the last `seconds`."""

    async def changed_states(self, user_ids: Collection[UUID], since: str) -> ChangedStates:
        """Each conversation's own view as it is now, of these people, that was written after the
        mark; without one there is none but the mark. Finds too many rather than too few."""

    async def missed(self, conversation_id: UUID, since_rev: int) -> Missed: ...

    async def live_sign_ins(self, sign_in_ids: Collection[UUID]) -> Collection[UUID]:
        """Those of the sign-ins that have not ended."""
