"""The one visibility rule: which part of a log a person may see.

A person sees the stored ranges of all own periods, less what was cleared and hidden, and anyone who
is not banned sees a public conversation from `open_from_seq` on. Everything that shows messages
asks here: `see()` for one conversation, `visible_seqs()` as SQL for many.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from conversations.errors import ConversationNotFound, NotAParticipant
from conversations.models import Ban, Conversation, Participant

FOREVER = 2**62


class Span(NamedTuple):
    """A visible stretch of seqs, ends included; `to_rev` bounds the changes that show in it."""

    from_seq: int
    to_seq: int = FOREVER
    to_rev: int = FOREVER


class Range(NamedTuple):
    """What a membership period stores of it; None where it is open."""

    from_seq: int
    to_seq: int | None
    to_rev: int | None
    cleared_seq: int


@dataclass(frozen=True, slots=True)
class Sight:
    """What one person may see of one conversation. `spans` ascend and do not overlap."""

    conversation: Conversation
    user_id: UUID
    participant: Participant | None  # the open period
    last_period: Participant | None  # the open one, else the one that ended last
    spans: tuple[Span, ...]
    # Devices that stand before this rev hold what was turned back at a leaving and is live again.
    reopened_rev: int = 0

    @property
    def head(self) -> int:
        """The last seq that exists for the person, cleared or not; 0 when there is none."""
        last = self.conversation.last_seq
        return max((min(span.to_seq, last) for span in self.spans), default=0)

    @property
    def rev(self) -> int:
        """The newest rev whose change the person may know of."""
        last = self.conversation.last_rev
        return max((min(span.to_rev, last) for span in self.spans), default=0)

    @property
    def is_live(self) -> bool:
        """Whether what happens from now on is visible too."""
        return bool(self.spans) and self.spans[-1].to_seq == FOREVER

    def span_of(self, seq: int) -> Span | None:
        return next((span for span in self.spans if span.from_seq <= seq <= span.to_seq), None)

    def covers(self, seq: int) -> bool:
        return seq <= self.conversation.last_seq and self.span_of(seq) is not None

    def require_participant(self) -> Participant:
        if self.participant is None:
            raise NotAParticipant
        return self.participant


def merge(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The same seqs, ascending and without overlap; where two overlap the later `to_rev` holds."""
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


def spans_of(
    conversation: Conversation, periods: Sequence[Participant], *, reads_as_public: bool
) -> tuple[Span, ...]:
    """What one person sees, by all own periods."""
    ranges = [Range(p.from_seq, p.to_seq, p.to_rev, p.cleared_seq) for p in periods]
    return spans_of_ranges(ranges, conversation.open_from_seq if reads_as_public else None)


def spans_of_ranges(ranges: Sequence[Range], open_from_seq: int | None) -> tuple[Span, ...]:
    """The rule itself: the ranges of the periods, and the public branch from `open_from_seq`."""
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


def reopened_rev(periods: Sequence[Participant], spans: Sequence[Span]) -> int:
    """The rev at which a part of the log that stood still for the person came to life again."""
    stood_still = [(p.from_seq, p.to_seq) for p in periods if p.to_seq is not None]
    is_reopened = any(
        span.to_rev == FOREVER and span.from_seq <= last and first <= span.to_seq
        for first, last in stood_still
        for span in spans
    )
    return max(period.opened_rev for period in periods) if is_reopened else 0


def sight_by(
    conversation: Conversation,
    user_id: UUID,
    periods: Sequence[Participant],
    *,
    reads_as_public: bool,
) -> Sight:
    """By all own periods, the oldest first."""
    inside = next((period for period in periods if period.left_at is None), None)
    spans = spans_of(conversation, periods, reads_as_public=reads_as_public)
    return Sight(
        conversation=conversation,
        user_id=user_id,
        participant=inside,
        last_period=inside or (periods[-1] if periods else None),
        spans=spans,
        reopened_rev=reopened_rev(periods, spans),
    )


def see(conversation_id: UUID, user_id: UUID) -> Sight:
    """What the person may see of the conversation; one query for people in it, else two or three.

    Raises ConversationNotFound when they may not know that it exists.
    """
    periods = list(
        Participant.objects.filter(conversation=conversation_id, user=user_id)
        .select_related("conversation")
        .order_by("joined_at")
    )
    inside = next((period for period in periods if period.left_at is None), None)
    conversation = (
        periods[0].conversation
        if periods
        else Conversation.objects.filter(pk=conversation_id, kind=Conversation.Kind.PUBLIC).first()
    )
    if conversation is None:
        raise ConversationNotFound
    reads_as_public = conversation.kind == Conversation.Kind.PUBLIC and (
        inside is not None
        or not Ban.objects.filter(conversation=conversation_id, user=user_id).exists()
    )
    if not periods and not reads_as_public:
        raise ConversationNotFound
    return sight_by(conversation, user_id, periods, reads_as_public=reads_as_public)


def visible_seqs(user_id: UUID) -> Q:
    """The same rule as a condition on rows with `conversation_id` and `seq`, hides left aside."""
    here = Participant.objects.filter(conversation=OuterRef("conversation_id"), user=user_id)
    covering = here.filter(
        Q(to_seq=None) | Q(to_seq__gte=OuterRef("seq")),
        from_seq__lte=OuterRef("seq"),
        cleared_seq__lt=OuterRef("seq"),
    )
    public = Conversation.objects.filter(
        pk=OuterRef("conversation_id"),
        kind=Conversation.Kind.PUBLIC,
        open_from_seq__lte=OuterRef("seq"),
    )
    banned = Ban.objects.filter(conversation=OuterRef("conversation_id"), user=user_id)
    cleared = here.filter(cleared_seq__gte=OuterRef("seq"))
    return Q(Exists(covering)) | (Q(Exists(public)) & ~Exists(banned) & ~Exists(cleared))
