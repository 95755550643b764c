"""The visibility rule in Python: from what is stored of a person's periods to visible spans."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from conversations.errors import NotAParticipant
from conversations.models import Conversation, Participant

FOREVER = 2**62


class Span(NamedTuple):
    """A visible range of seqs, ends included; changes after `to_rev` are not visible in it."""

    from_seq: int
    to_seq: int = FOREVER
    to_rev: int = FOREVER


class Range(NamedTuple):
    """The stored columns of a membership period (RANGE_COLUMNS); None where it is open."""

    from_seq: int
    to_seq: int | None
    to_rev: int | None
    cleared_seq: int


@dataclass(frozen=True, slots=True)
class Visibility:
    """What one person may see of a conversation. `spans` are in order and do not overlap."""

    conversation: Conversation
    user_id: UUID
    participant: Participant | None  # the open period
    last_period: Participant | None  # the open one, else the one that ended last
    spans: tuple[Span, ...]
    # Devices below this rev hold messages as of a leaving, which are live again.
    reopened_rev: int = 0

    @property
    def head(self) -> int:
        """The last seq that exists for the person, cleared or not; 0 if there is none."""
        last = self.conversation.last_seq
        return max((min(span.to_seq, last) for span in self.spans), default=0)

    @property
    def rev(self) -> int:
        """The newest rev whose change the person may know of."""
        last = self.conversation.last_rev
        return max((min(span.to_rev, last) for span in self.spans), default=0)

    @property
    def is_live(self) -> bool:
        """Whether new messages are visible."""
        return bool(self.spans) and self.spans[-1].to_seq == FOREVER

    def span_of(self, seq: int) -> Span | None:
        return next((span for span in self.spans if span.from_seq <= seq <= span.to_seq), None)

    def covers(self, seq: int) -> bool:
        return seq <= self.conversation.last_seq and self.span_of(seq) is not None

    def require_participant(self) -> Participant:
        if self.participant is None:
            raise NotAParticipant
        return self.participant


def may_read_as_public(kind: str, *, is_inside: bool, is_banned: bool) -> bool:
    """Whether the person may read the conversation because it is public."""
    return kind == Conversation.Kind.PUBLIC and (is_inside or not is_banned)


def spans_of_ranges(ranges: Sequence[Range], open_from_seq: int | None) -> tuple[Span, ...]:
    """The visible spans: the ranges of all the person's periods, and the public branch from
    `open_from_seq` on, which is None if they may not read as public."""
    spans = [
        Span(
            max(stored.from_seq, stored.cleared_seq + 1),
            FOREVER if stored.to_seq is None else stored.to_seq,
            FOREVER if stored.to_rev is None else stored.to_rev,
        )
        for stored in ranges
    ]
    if open_from_seq is not None:
        cleared = max((stored.cleared_seq for stored in ranges), default=0)
        spans.append(Span(max(open_from_seq, cleared + 1)))
    return merge([span for span in spans if span.from_seq <= span.to_seq])


def merge(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The same seqs, in order, without overlap; where spans overlap, the later `to_rev` holds."""
    if len(spans) < 2:
        return tuple(spans)
    edges = sorted({s.from_seq for s in spans} | {s.to_seq + 1 for s in spans})
    merged: list[Span] = []
    for low, high in pairwise(edges):
        to_rev = max((s.to_rev for s in spans if s.from_seq <= low <= s.to_seq), default=None)
        if to_rev is None:
            continue
        if merged and merged[-1].to_seq == low - 1 and merged[-1].to_rev == to_rev:
            merged[-1] = merged[-1]._replace(to_seq=high - 1)
        else:
            merged.append(Span(low, high - 1, to_rev))
    return tuple(merged)


def reopened_rev(periods: Sequence[Participant], spans: Sequence[Span]) -> int:
    """The rev at which a part of the log that the person saw as of a leaving became live again."""
    ended = [(p.from_seq, p.to_seq) for p in periods if p.to_seq is not None]
    is_reopened = any(
        span.to_rev == FOREVER and span.from_seq <= last and first <= span.to_seq
        for first, last in ended
        for span in spans
    )
    return max(period.opened_rev for period in periods) if is_reopened else 0


def make_visibility(
    head: Conversation, user_id: UUID, periods: Sequence[Participant], *, is_banned: bool
) -> Visibility:
    """`periods` are all periods of the person, oldest first."""
    inside = next((period for period in periods if period.left_at is None), None)
    is_public = may_read_as_public(head.kind, is_inside=inside is not None, is_banned=is_banned)
    ranges = [Range(p.from_seq, p.to_seq, p.to_rev, p.cleared_seq) for p in periods]
    spans = spans_of_ranges(ranges, head.open_from_seq if is_public else None)
    return Visibility(
        conversation=head,
        user_id=user_id,
        participant=inside,
        last_period=inside or (periods[-1] if periods else None),
        spans=spans,
        reopened_rev=reopened_rev(periods, spans),
    )
