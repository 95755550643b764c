"""Which role has which right in a conversation: one table, and one way to ask it.

An action asks it in the transaction that writes, after it has locked the conversation's row. The
rules about messages are in `conversations.posting`.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from django.db.models import F

from conversations.errors import (
    AdminRightMissing,
    ConversationNotFound,
    DirectIsFixed,
    NotAParticipant,
    OwnerRightMissing,
)
from conversations.models import Ban, Conversation, Participant

MEMBER, ADMIN, OWNER = Participant.Role.MEMBER, Participant.Role.ADMIN, Participant.Role.OWNER
_RANK = {MEMBER: 0, ADMIN: 1, OWNER: 2}


class Right(StrEnum):
    LEAVE = "leave"
    STEP_DOWN = "step_down"  # become a member
    EDIT_DETAILS = "edit_details"  # name and topic
    ADD_PEOPLE = "add_people"
    REMOVE_PEOPLE = "remove_people"  # people of lower rank; an owner may remove anyone
    BAN_PEOPLE = "ban_people"  # the same people, and those outside
    CHANGE_ROLES = "change_roles"  # including ownership
    ELEVATE = "elevate"
    CHANGE_HISTORY = "change_history"
    OPEN_HISTORY = "open_history"
    MANAGE_WEBHOOKS = "manage_webhooks"


# The lowest role that has the right in a group, public or broadcast conversation. In a direct
# conversation nobody has any right.
NEEDED_ROLE: dict[Right, Participant.Role] = {
    Right.LEAVE: MEMBER,
    Right.STEP_DOWN: MEMBER,
    Right.EDIT_DETAILS: ADMIN,
    Right.ADD_PEOPLE: ADMIN,
    Right.REMOVE_PEOPLE: ADMIN,
    Right.BAN_PEOPLE: ADMIN,
    Right.MANAGE_WEBHOOKS: ADMIN,
    Right.CHANGE_ROLES: OWNER,
    Right.ELEVATE: OWNER,
    Right.CHANGE_HISTORY: OWNER,
    Right.OPEN_HISTORY: OWNER,
}


@dataclass(frozen=True)
class Standing:
    """A person's relation to a conversation; `period` is the open one, otherwise the last one."""

    conversation: Conversation
    user_id: UUID
    period: Participant | None

    @cached_property
    def is_banned(self) -> bool:
        return Ban.objects.filter(conversation=self.conversation, user=self.user_id).exists()

    @property
    def participant(self) -> Participant | None:
        return self.period if self.period and self.period.left_at is None else None

    def require_known(self) -> None:
        """Raises ConversationNotFound if the person may not know that the conversation exists."""
        is_public = self.conversation.kind == Conversation.Kind.PUBLIC
        if self.period is None and not (is_public and not self.is_banned):
            raise ConversationNotFound

    def require_participant(self) -> Participant:
        """The open period; raises ConversationNotFound or NotAParticipant."""
        self.require_known()
        if self.participant is None:
            raise NotAParticipant
        return self.participant

    def require(self, right: Right) -> Participant:
        """The open period, if its role has the right.

        Raises ConversationNotFound, NotAParticipant, DirectIsFixed, AdminRightMissing or
        OwnerRightMissing.
        """
        participant = self.require_participant()
        if self.conversation.kind == Conversation.Kind.DIRECT:
            raise DirectIsFixed
        needed = NEEDED_ROLE[right]
        if _rank(participant) < _RANK[needed]:
            raise OwnerRightMissing if needed == OWNER else AdminRightMissing
        return participant


def standing_of(conversation: Conversation, user_id: UUID) -> Standing:
    """One query; `is_banned` makes another, for people who were never in a public conversation."""
    period = (
        Participant.objects.filter(conversation=conversation, user=user_id)
        .select_related("user")
        .order_by(F("left_at").desc(nulls_first=True), "-joined_at")
        .first()
    )
    return Standing(conversation, user_id, period)


def require_rank_over(actor: Participant, other: Participant) -> None:
    """An admin ranks over members, an owner over anyone. Raises OwnerRightMissing."""
    if actor.role != OWNER and _rank(actor) <= _rank(other):
        raise OwnerRightMissing


def _rank(period: Participant) -> int:
    return _RANK[Participant.Role(period.role)]
