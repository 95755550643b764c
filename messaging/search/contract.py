"""The contract of a message index.

It gives candidates, newest first: at least all that the query finds among what the person may see.
Every candidate is put to the database, which knows the visibility rule, and to the matcher.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple, Protocol
from uuid import UUID

from chatproject.core.errors import Refusal
from messaging.search.entries import Entry
from messaging.search.query import Query


class SearchTooSlow(Refusal):
    code = "search_too_slow"
    title = "Search too slow"
    detail = "This takes too long. Ask for more words, or for a conversation or a time."


class SearchAway(Refusal):
    status = 503
    code = "search_away"
    title = "Search does not answer"
    detail = "The search cannot answer right now. Try again."


class Key(NamedTuple):
    """The place of a message among all, newest first."""

    created_at: datetime
    conversation_id: UUID
    seq: int


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose search it is, and what its filters leave of what they may see.

    `conversations` None are all. A message fits when it has all of `signs`, one of each of `any_of`
    and none of `no_signs`, and was sent in [since, until).
    """

    viewer_id: UUID
    conversations: Sequence[UUID] | None = None
    not_in: Sequence[UUID] = ()
    signs: Sequence[str] = ()
    any_of: Sequence[Sequence[str]] = ()
    no_signs: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    # What only the database knows, as it stands now: names of LIVE filters, and whether they hold.
    live: Sequence[tuple[str, bool]] = ()


class Reach(Enum):
    """What of a query's terms is found."""

    WORDS = "words"
    PARTS = "parts"  # what WORDS does not find, and is found where parts of words count
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Question:
    """`languages` are those of the stems."""

    query: Query
    scope: Scope
    languages: Sequence[str]
    reach: Reach


class Candidate(NamedTuple):
    """`text` is the folded text of the version that is in the index."""

    key: Key
    language: str
    text: str


class SearchIndex(Protocol):
    """Writes may come twice. All methods are for threads; none may be called in a transaction that
    has to hold."""

    def write(self, entries: Sequence[Entry], touched: Sequence[tuple[UUID, int]]) -> None:
        """Makes `entries` all that there is of the messages (conversation, seq) in `touched`."""

    def forget(self, conversation_id: UUID) -> None:
        """Drops all entries of a conversation."""

    def find(self, question: Question, *, before: Key | None, limit: int) -> list[Candidate]:
        """At most `limit`, the newest first, all behind `before`; fewer only where no more are.

        Raises SearchTooSlow, SearchAway.
        """

    def prepare(self) -> None:
        """Reads what searches need to know of the index. A server calls it every now and then."""

    def stored(self, conversation_id: UUID, after: int, up_to: int) -> list[Entry]:
        """The entries of the seqs (after, up_to], to be compared with the log."""
