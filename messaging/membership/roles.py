"""Changes roles in a conversation, and transfers its ownership."""

from uuid import UUID

from conversations.errors import OwnerNeeded
from conversations.models import Participant
from conversations.permissions import Right, standing_of
from messaging.log import Log, writing
from messaging.membership.events import announce_roles
from messaging.membership.members import open_period

Role = Participant.Role


def change_role(*, conversation_id: UUID, by: UUID, user_id: UUID, role: str) -> Participant:
    """Sets a member's role and returns their period; the present role changes nothing.

    Only the owner changes roles; the role `owner` transfers the ownership and makes the former
    owner an admin. An admin may step down. Raises ConversationNotFound, NotAParticipant,
    DirectIsFixed, ParticipantNotFound, AdminRightMissing or OwnerRightMissing, and OwnerNeeded when
    the last owner steps down without a successor.
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
    announce_roles(log, [heir, owner])


def _give_role(log: Log, period: Participant, role: str, *, by: UUID) -> None:
    if period.role == Role.OWNER and not _has_other_owner(log, period):
        raise OwnerNeeded
    _set_role(period, role)
    log.append_system(
        "participant.role_changed", by=by, members=0, userId=str(period.user_id), role=role
    )
    announce_roles(log, [period])


def _set_role(period: Participant, role: str) -> None:
    period.role = role
    period.save(update_fields=["role"])


def _has_other_owner(log: Log, period: Participant) -> bool:
    owners = Participant.objects.open().filter(conversation=log.conversation, role=Role.OWNER)
    return owners.exclude(pk=period.pk).exists()
