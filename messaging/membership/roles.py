"""Roles in a conversation: giving them, and handing the ownership over."""

from uuid import UUID

from conversations.errors import OwnerNeeded
from conversations.models import Participant
from conversations.permissions import Right, standing_of
from messaging.log import Log, writing
from messaging.membership.events import tell_new_roles
from messaging.membership.members import open_period

Role = Participant.Role


def change_role(*, conversation_id: UUID, by: UUID, user_id: UUID, role: str) -> Participant:
    """The person's period with the new role; giving the one they have changes nothing.

    The owner gives roles; giving `owner` hands the ownership over and makes the former owner an
    admin. An admin may step down. Raises ConversationNotFound, NotAParticipant, DirectIsFixed,
    ParticipantNotFound, AdminRightMissing or OwnerRightMissing, and OwnerNeeded where the last
    owner would step down without an heir.
    """
    with writing(conversation_id) as log:
        standing = standing_of(log.conversation, by)
        steps_down = user_id == by and role == Role.MEMBER
        actor = standing.require(Right.STEP_DOWN if steps_down else Right.CHANGE_ROLES)
        period = actor if user_id == by else open_period(log, user_id)
        if role == period.role:
            return period
        if role == Role.OWNER:
            _hand_over(log, actor, period)
        else:
            _give_role(log, period, role, by=by)
        return period


def _hand_over(log: Log, owner: Participant, heir: Participant) -> None:
    _set_role(owner, Role.ADMIN)
    _set_role(heir, Role.OWNER)
    log.append_system(
        "conversation.owner_changed", by=owner.user_id, members=0, userId=str(heir.user_id)
    )
    tell_new_roles(log, [heir, owner])


def _give_role(log: Log, period: Participant, role: str, *, by: UUID) -> None:
    if period.role == Role.OWNER and not _has_other_owner(log, period):
        raise OwnerNeeded
    _set_role(period, role)
    log.append_system(
        "participant.role_changed", by=by, members=0, userId=str(period.user_id), role=role
    )
    tell_new_roles(log, [period])


def _set_role(period: Participant, role: str) -> None:
    period.role = role
    period.save(update_fields=["role"])


def _has_other_owner(log: Log, period: Participant) -> bool:
    owners = Participant.objects.open().filter(conversation=log.conversation, role=Role.OWNER)
    return owners.exclude(pk=period.pk).exists()
