"""Bans people from conversations and lifts bans."""

from uuid import UUID

from accounts.errors import PersonNotFound
from accounts.models import User
from chatproject.core.errors import InvalidInput
from chatproject.core.plain_text import require_plain
from conversations.errors import BanNotFound
from conversations.models import Ban, Conversation, Participant
from conversations.permissions import Right, require_rank_over, standing_of
from messaging.log import Log, writing
from messaging.membership.events import advance_member_rev, notify_left
from messaging.membership.periods import end_period


def ban_person(*, conversation_id: UUID, by: UUID, user_id: UUID, reason: str = "") -> Ban:
    """Bans a person and ends their membership; banning again changes nothing.

    Raises ConversationNotFound, NotAParticipant, DirectIsFixed, AdminRightMissing,
    OwnerRightMissing if an admin would ban another admin or an owner, PersonNotFound, and
    InvalidInput for the caller or for control characters in the reason.
    """
    require_plain(reason, "reason", may_have_lines=True)
    with writing(conversation_id) as log:
        actor = standing_of(log.conversation, by).require(Right.BAN_PEOPLE)
        if user_id == by:
            raise InvalidInput.of("userId", "You cannot ban yourself.")
        if not User.objects.filter(pk=user_id).exists():
            raise PersonNotFound
        period = standing_of(log.conversation, user_id).participant
        if period is not None:
            require_rank_over(actor, period)
        ban, is_new = Ban.objects.select_related("user").get_or_create(
            conversation=log.conversation,
            user_id=user_id,
            defaults={"banned_by_id": by, "reason": reason},
        )
        if period is not None:
            end_period(log, period, by=by, event="participant.banned", userId=str(user_id))
        elif is_new:
            _shut_out_reader(log, user_id)
        return ban


def lift_ban(*, conversation_id: UUID, by: UUID, user_id: UUID) -> None:
    """Lifts the ban: the person can be added again or, in a public conversation, join.

    Raises ConversationNotFound, NotAParticipant, DirectIsFixed, AdminRightMissing, BanNotFound.
    """
    with writing(conversation_id) as log:
        standing_of(log.conversation, by).require(Right.BAN_PEOPLE)
        gone, _ = Ban.objects.filter(conversation=log.conversation, user=user_id).delete()
        if not gone:
            raise BanNotFound
        _let_reader_in(log, user_id)


def _shut_out_reader(log: Log, user_id: UUID) -> None:
    """Stops a person who is not a member from reading a public conversation live."""
    if log.conversation.kind == Conversation.Kind.PUBLIC:
        advance_member_rev(log)
        notify_left(log, user_id, to_seq=None)


def _let_reader_in(log: Log, user_id: UUID) -> None:
    """Lets a former member of a public conversation read again, from the present rev on."""
    if log.conversation.kind == Conversation.Kind.PUBLIC:
        advance_member_rev(log)
        former = Participant.objects.filter(conversation=log.conversation, user=user_id)
        former.update(opened_rev=log.conversation.last_rev)
