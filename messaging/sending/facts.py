"""The facts on which the decision about drafts depends. `read_facts` reads them under locks."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from conversations.models import Conversation
from conversations.posting import LastingMute
from conversations.visibility import Range

Kind = Conversation.Kind
Place = tuple[UUID, UUID]  # a conversation and a person
Key = tuple[UUID, UUID, UUID]  # Draft.key


class Head(NamedTuple):
    kind: str
    last_seq: int
    last_rev: int
    last_at: int | None  # microseconds since 1970
    member_rev: int
    is_locked: bool  # by a moderator
    slow_seconds: int
    open_from_seq: int
    archived_seq: int  # messages up to here may be in files


class Earlier(NamedTuple):
    """A message that is stored under a draft's key."""

    seq: int
    fingerprint: bytes


class Period(NamedTuple):
    id: UUID
    role: str
    is_open: bool
    last_read_seq: int
    range: Range


class ReplyTarget(NamedTuple):
    """What a draft quotes, or the root of the thread that it is for."""

    thread_seq: int | None
    is_deleted: bool
    is_system: bool
    sender_id: UUID | None


class ThreadState(NamedTuple):
    """The summary of a thread's replies."""

    reply_count: int
    last_seq: int
    participant_ids: Sequence[UUID]


class Unclaimed(NamedTuple):
    """An attachment that no message has claimed yet; `values` are those of attachments.wire."""

    uploader_id: UUID
    content_type: str
    values: Sequence[Any]


@dataclass(slots=True)
class Facts:
    """What was read. `heads` has the conversations that are locked now."""

    now: int = 0  # the database's clock, in microseconds since 1970
    revision: UUID | None = None  # of the word filters
    word_filters: list[tuple[str, str]] | None = None  # read if the revision has changed
    heads: dict[UUID, Head] = field(default_factory=dict)
    existing: set[UUID] = field(
        default_factory=set
    )  # conversations that exist, but were not locked
    earlier: dict[Key, Earlier] = field(default_factory=dict)
    archived: set[Key] = field(default_factory=set)  # keys that archived messages may have
    periods: defaultdict[Place, list[Period]] = field(default_factory=lambda: defaultdict(list))
    mutes: dict[UUID, LastingMute] = field(default_factory=dict)
    targets: dict[tuple[UUID, int], ReplyTarget] = field(default_factory=dict)
    threads: dict[tuple[UUID, int], ThreadState] = field(default_factory=dict)  # by root
    unclaimed: dict[UUID, Unclaimed] = field(default_factory=dict)
    links: dict[UUID, int] = field(default_factory=dict)  # messages with links, of new accounts
    bans: set[Place] = field(default_factory=set)
    blocked: set[Place] = field(default_factory=set)  # in direct conversations
    last_posts: dict[Place, int] = field(default_factory=dict)  # microseconds since 1970

    def open_period(self, place: Place) -> Period | None:
        return next((period for period in self.periods.get(place, ()) if period.is_open), None)
