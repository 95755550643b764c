"""Invites to conversations: who may make and revoke them, and coming in by one."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from accounts.errors import InviteNotValid
from accounts.models import Invite, User
from accounts.people.invites import (
    LISTED,
    claim_invite,
    count_invite,
    new_invite,
    require_valid_invite,
    revoke_invite,
    revoke_site_invite,
)
from conversations.errors import Banned, ConversationNotFound
from conversations.models import Conversation
from conversations.permissions import Right, standing_of
from messaging.log import writing
from messaging.membership.members import take_in_by_invite


class Invitation(NamedTuple):
    """What an invite is to: the installation and, if there is one, a conversation."""

    invite: Invite
    conversation: Conversation | None


def invite_to_conversation(
    *,
    conversation_id: UUID,
    by: User,
    role: str = Invite.Role.MEMBER,
    email: str = "",
    expires_at: datetime | None = None,
    max_uses: int | None = None,
    language: str = "",
) -> Invite:
    """Makes an invite; only the owner makes one whose newcomers are admins.

    Raises ConversationNotFound, NotAParticipant, DirectIsFixed, AdminRightMissing,
    OwnerRightMissing, RateLimited, InvalidInput. Must run outside of a transaction.
    """
    count_invite(by.pk)
    with writing(conversation_id) as log:
        needed = Right.CHANGE_ROLES if role == Invite.Role.ADMIN else Right.ADD_PEOPLE
        standing_of(log.conversation, by.pk).require(needed)
        return new_invite(
            by=by,
            conversation_id=conversation_id,
            role=role,
            email=email,
            expires_at=expires_at,
            max_uses=max_uses,
            language=language,
        )


def invites_to(*, conversation_id: UUID, viewer_id: UUID) -> list[Invite]:
    """All invites of a conversation, newest first, for people who may invite to it.

    Raises ConversationNotFound, NotAParticipant, DirectIsFixed, AdminRightMissing.
    """
    _require_inviter(conversation_id, viewer_id)
    invites = Invite.objects.filter(conversation_id=conversation_id)
    return list(invites.select_related("created_by").order_by("-id")[:LISTED])


def revoke(*, invite_id: UUID, by: User) -> None:
    """Revokes an invite: the person's own, one of a conversation that they manage, or any as staff.

    Raises InviteNotValid for one that is unknown or not the person's to see; what the conversation
    refuses else.
    """
    invite = Invite.objects.filter(pk=invite_id).first()
    if invite is None:
        raise InviteNotValid
    if invite.conversation_id is None:
        revoke_site_invite(invite_id=invite_id, by=by)
        return
    if invite.created_by_id != by.pk:
        _require_inviter(invite.conversation_id, by.pk)
    revoke_invite(invite)


def open_invitation(*, token: str, viewer_id: UUID | None = None) -> Invitation:
    """What the link is to, for anyone who has it. Raises InviteNotValid."""
    invite = require_valid_invite(token, user_id=viewer_id)
    conversation = _conversation_of(invite)
    if invite.conversation_id is not None and conversation is None:
        raise InviteNotValid
    return Invitation(invite, conversation)


def accept_invite(*, token: str, user_id: UUID) -> UUID | None:
    """Adds the person to the conversation and returns its id, or None if the invite has none.

    A person who is a member already does not count as a use. Raises InviteNotValid, Banned.
    """
    invitation = open_invitation(token=token, viewer_id=user_id)
    if invitation.conversation is None:
        return None
    with writing(invitation.conversation.pk) as log:
        standing = standing_of(log.conversation, user_id)
        if standing.participant is not None:
            return invitation.conversation.pk
        if standing.is_banned:
            raise Banned
        invite = claim_invite(token=token, user_id=user_id)
        take_in_by_invite(log, user_id, role=invite.role)
    return invitation.conversation.pk


def _conversation_of(invite: Invite) -> Conversation | None:
    if invite.conversation_id is None:
        return None
    return Conversation.objects.filter(pk=invite.conversation_id).first()


def _require_inviter(conversation_id: UUID, user_id: UUID) -> None:
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    if conversation is None:
        raise ConversationNotFound
    standing_of(conversation, user_id).require(Right.ADD_PEOPLE)
