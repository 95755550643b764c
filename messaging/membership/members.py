"""Adds and removes members; joins and leaves conversations."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Max

from accounts.people.blocks import is_blocked_by_any
from accounts.people.privacy import refusing
from chatproject.core.errors import FieldError
from conversations.errors import (
    Banned,
    Blocked,
    DirectIsFixed,
    JoinNotAllowed,
    NotAParticipant,
    ParticipantNotFound,
)
from conversations.models import Ban, Conversation, Participant
from conversations.permissions import Right, Standing, require_rank_over, standing_of
from messaging.log import Log, writing
from messaging.membership.join_requests import ask_to_join
from messaging.membership.limits import count_added_people
from messaging.membership.periods import end_period, ensure_owner, lock_active_people, open_periods
from messaging.moderation.new_account_limits import spend_invites


def add_people(*, conversation_id: UUID, by: UUID, user_ids: Sequence[UUID]) -> list[Participant]:
    """Adds these people and returns their open periods in order; present members stay.

    People whose privacy settings forbid it are asked first, and are not among the periods.

    One banned or unknown person refuses the whole call. Raises ConversationNotFound,
    NotAParticipant, AdminRightMissing, DirectIsFixed, Banned, InvalidInput, TooManyInvites, Blocked
    if one of them blocks the caller, RateLimited.
    """
    count_added_people(by, len(user_ids))
    with writing(conversation_id) as log:
        standing_of(log.conversation, by).require(Right.ADD_PEOPLE)
        inside = _periods_of(log, user_ids)
        newcomers = [each for each in user_ids if each not in inside]
        if newcomers:
            refuse_banned(log, newcomers)
            if is_blocked_by_any(by, newcomers):
                raise Blocked
            spend_invites(by, len(newcomers))
            asked = refusing("adding", newcomers, by=by)
            if added := [each for each in newcomers if each not in asked]:
                inside |= take_in(log, added, by=by)
            ask_to_join(log, asked, by=by)
        return [inside[each] for each in user_ids if each in inside]


def join_conversation(*, conversation_id: UUID, user_id: UUID) -> None:
    """Joins a conversation; a present member stays, and the first member of an empty one owns it.

    Anybody who is not banned can join a public conversation. Others can be rejoined only by
    people who left by themselves.

    Raises ConversationNotFound, Banned, JoinNotAllowed, DirectIsFixed.
    """
    with writing(conversation_id) as log:
        standing = standing_of(log.conversation, user_id)
        if standing.participant is not None:
            return
        _require_may_join(standing)
        state_revs = _state_revs(log, [user_id])
        people = lock_active_people([user_id])
        open_periods(
            log,
            [people[user_id]],
            by=user_id,
            event="participant.joined",
            state_revs=state_revs,
        )
        if log.conversation.member_count == 1:
            ensure_owner(log)


def take_in_by_invite(log: Log, user_id: UUID, *, role: str) -> None:
    """Opens a period for a person who is neither a member nor banned; the caller has checked."""
    people = lock_active_people([user_id])
    open_periods(
        log,
        [people[user_id]],
        by=user_id,
        event="participant.joined",
        role=role,
        state_revs=_state_revs(log, [user_id]),
    )
    if log.conversation.member_count == 1:
        ensure_owner(log)


def leave_conversation(*, conversation_id: UUID, user_id: UUID) -> None:
    """Leaves a conversation; leaving again changes nothing.

    Raises ConversationNotFound, NotAParticipant if they never were in it, DirectIsFixed.
    """
    with writing(conversation_id) as log:
        standing = standing_of(log.conversation, user_id)
        standing.require_known()
        if standing.period is None:
            raise NotAParticipant
        if standing.participant is not None:
            period = standing.require(Right.LEAVE)
            end_period(log, period, by=user_id, event="participant.left")


def remove_person(*, conversation_id: UUID, by: UUID, user_id: UUID) -> None:
    """Removes a member; removing oneself is leaving.

    Raises ConversationNotFound, NotAParticipant, DirectIsFixed, AdminRightMissing,
    OwnerRightMissing where an admin would remove another admin or an owner, ParticipantNotFound.
    """
    if user_id == by:
        leave_conversation(conversation_id=conversation_id, user_id=user_id)
        return
    with writing(conversation_id) as log:
        actor = standing_of(log.conversation, by).require(Right.REMOVE_PEOPLE)
        period = open_period(log, user_id)
        require_rank_over(actor, period)
        end_period(log, period, by=by, event="participant.removed", userId=str(user_id))


def open_period(log: Log, user_id: UUID) -> Participant:
    """The open period of a member; raises ParticipantNotFound."""
    period = _periods_of(log, [user_id]).get(user_id)
    if period is None:
        raise ParticipantNotFound
    return period


def _periods_of(log: Log, user_ids: Sequence[UUID]) -> dict[UUID, Participant]:
    inside = Participant.objects.open().filter(conversation=log.conversation, user__in=user_ids)
    return {period.user_id: period for period in inside.select_related("user")}


def take_in(log: Log, user_ids: Sequence[UUID], *, by: UUID) -> dict[UUID, Participant]:
    """Adds people who are neither members nor banned; raises InvalidInput for unknown ones."""
    people = lock_active_people(user_ids)
    periods = open_periods(
        log,
        [people[each] for each in user_ids],
        by=by,
        event="participants.added",
        state_revs=_state_revs(log, user_ids),
        userIds=[str(each) for each in user_ids],
    )
    return {period.user_id: period for period in periods}


def _state_revs(log: Log, user_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The last `state_rev` of each former member."""
    former = Participant.objects.filter(conversation=log.conversation, user__in=user_ids)
    return dict(former.values_list("user").annotate(Max("state_rev")))


def refuse_banned(log: Log, user_ids: Sequence[UUID]) -> None:
    """Raises Banned, which names the banned people."""
    banned = Ban.objects.filter(conversation=log.conversation, user__in=user_ids)
    if errors := [
        FieldError(field="memberIds", code="banned", detail=f"{user_id} is banned.")
        for user_id in banned.values_list("user_id", flat=True)
    ]:
        raise Banned(errors=errors)


def _require_may_join(standing: Standing) -> None:
    """Checks that a person who is no member may join; raises as `join_conversation` does."""
    standing.require_known()
    if standing.conversation.is_direct:
        raise DirectIsFixed
    if standing.is_banned:
        raise Banned
    is_public = standing.conversation.kind == Conversation.Kind.PUBLIC
    left_freely = standing.period is not None and standing.period.removed_by_id is None
    if not (is_public or left_freely):
        raise JoinNotAllowed
