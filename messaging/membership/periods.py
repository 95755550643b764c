"""Where membership periods begin and end.

A period that does not open the past begins with the system message that tells of the joining, and
every period ends with the one that tells of the leaving: both are for the person to see. What was
there before counts as read.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from accounts.models import User
from conversations.models import Conversation, Participant
from messaging.log import Log
from messaging.membership.events import (
    tell_joined,
    tell_left,
    tell_membership,
    tell_who_came,
    tell_who_left,
)
from messaging.membership.succession import ensure_owner

NO_REVS: Mapping[UUID, int] = {}


def open_periods(
    log: Log,
    people: Sequence[User],
    *,
    by: UUID,
    event: str,
    role: str = Participant.Role.MEMBER,
    state_revs: Mapping[UUID, int] = NO_REVS,
    **fields: Any,
) -> list[Participant]:
    """Takes in people who are locked (`lock_active_people`), and not inside or banned.

    Their `state_revs` of former periods go on, so that a device of theirs never sees one fall back.
    """
    head = log.conversation
    before = head.last_seq
    told = tell_membership(log, event, by=by, members=len(people), **fields)
    opens_past = head.history == Conversation.History.EVERYTHING
    periods = Participant.objects.bulk_create(
        new_period(
            head,
            person,
            role=role,
            joined_at=told.at,
            from_seq=head.open_from_seq if opens_past else before + 1,
            opened_rev=head.last_rev,
            last_read_seq=before,
            last_delivered_seq=before,
            state_rev=state_revs.get(person.pk, 0),
        )
        for person in people
    )
    if told.in_log:
        tell_who_came(log, periods)
    for person in people:
        tell_joined(log, person.pk)
    return periods


def new_period(conversation: Conversation, person: User, **fields: Any) -> Participant:
    """Unsaved. Every field has a plain value, by which many are inserted as arrays."""
    return Participant(
        conversation=conversation, user=person, left_title="", left_topic="", **fields
    )


def end_period(log: Log, period: Participant, *, by: UUID, event: str, **fields: Any) -> None:
    """Lets somebody out, on their own or by another, and finds an owner when it was the last."""
    head = log.conversation
    told = tell_membership(log, event, by=by, members=-1, **fields)
    period.left_at = told.at
    period.to_seq, period.to_rev = head.last_seq, head.last_rev
    period.left_title, period.left_topic = head.title, head.topic
    period.removed_by_id = None if by == period.user_id else by
    period.save(
        update_fields=["left_at", "to_seq", "to_rev", "left_title", "left_topic", "removed_by"]
    )
    if told.in_log:
        tell_who_left(log, period.user_id)
    tell_left(log, period.user_id, to_seq=head.last_seq)
    if period.role == Participant.Role.OWNER:
        ensure_owner(log)
