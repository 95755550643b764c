"""Sights for reads: of many conversations at once, and such as still hold when the rows are there."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar
from uuid import UUID

from conversations.models import Ban, Conversation, Participant
from conversations.visibility import Sight, see, spans_of
from messaging.reads.rows import Shown, newest_rev

T = TypeVar("T")


def look(
    conversation_id: UUID, user_id: UUID, read: Callable[[Sight], Sequence[Shown]]
) -> tuple[Sight, Sequence[Shown]]:
    """The person's sight, and the messages that `read` finds by it; raises ConversationNotFound.

    The sight is read before the rows. Where a row is of a later rev, somebody may have left in
    between, who must not see it: then the sight is asked again, and the rows are read again unless
    it shows the same.
    """
    sight = see(conversation_id, user_id)
    while True:
        rows = read(sight)
        if newest_rev(rows) <= sight.conversation.last_rev:
            return sight, rows
        again = see(conversation_id, user_id)
        if again.spans == sight.spans:
            return sight, rows
        sight = again


def sights_of(user_id: UUID, conversation_ids: Collection[UUID]) -> dict[UUID, Sight]:
    """What `see` gives, for those of many conversations that the person may know of.

    Three queries at most, one when all are conversations that the person is in.
    """
    periods: defaultdict[UUID, list[Participant]] = defaultdict(list)
    for period in (
        Participant.objects.filter(conversation__in=conversation_ids, user=user_id)
        .select_related("conversation")
        .order_by("joined_at")
    ):
        periods[period.conversation_id].append(period)
    heads = {id: of[0].conversation for id, of in periods.items()}
    heads |= _public_ones(set(conversation_ids) - set(heads))
    shut_out = _bans(user_id, heads, periods)
    sights = {
        id: _sight(head, user_id, periods[id], is_shut_out=id in shut_out)
        for id, head in heads.items()
    }
    return {id: sight for id, sight in sights.items() if sight.spans or sight.last_period}


def _sight(
    head: Conversation, user_id: UUID, periods: list[Participant], *, is_shut_out: bool
) -> Sight:
    inside = next((period for period in periods if period.left_at is None), None)
    reads_as_public = head.kind == Conversation.Kind.PUBLIC and not is_shut_out
    return Sight(
        conversation=head,
        user_id=user_id,
        participant=inside,
        last_period=inside or (periods[-1] if periods else None),
        spans=spans_of(head, periods, reads_as_public=reads_as_public),
    )


def _public_ones(ids: Collection[UUID]) -> dict[UUID, Conversation]:
    if not ids:
        return {}
    return Conversation.objects.filter(kind=Conversation.Kind.PUBLIC).in_bulk(list(ids))


def _bans(
    user_id: UUID,
    heads: dict[UUID, Conversation],
    periods: defaultdict[UUID, list[Participant]],
) -> set[UUID]:
    """Those of the public conversations, read from outside, that ban the person."""
    outside = [
        id
        for id, head in heads.items()
        if head.kind == Conversation.Kind.PUBLIC
        and all(period.left_at is not None for period in periods[id])
    ]
    if not outside:
        return set()
    banned = Ban.objects.filter(conversation__in=outside, user=user_id)
    return set(banned.values_list("conversation_id", flat=True))
