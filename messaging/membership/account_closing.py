"""What becomes of somebody's conversations when their account is closed."""

from typing import Any
from uuid import UUID

from accounts.models import User
from conversations.models import Conversation, Participant
from messaging.membership.members import leave_conversation


def leave_everything(*, user_id: UUID) -> None:
    """Leaves every conversation but the direct ones, each with an owner to follow.

    Part of the transaction that closes the account. The person's row is locked first, and whoever
    would take them in waits for it and then sees it closed (see `people`). The conversations are
    locked in the order that all writers keep.
    """
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    inside = (
        Participant.objects.open()
        .filter(user=user_id)
        .exclude(conversation__kind=Conversation.Kind.DIRECT)
        .order_by("conversation_id")
    )
    for conversation_id in list(inside.values_list("conversation_id", flat=True)):
        leave_conversation(conversation_id=conversation_id, user_id=user_id)


def on_account_closing(sender: object, *, user: User, **_: Any) -> None:
    """Receives `accounts.events.account_closing`, by which accounts need not know of this app."""
    leave_everything(user_id=user.pk)
