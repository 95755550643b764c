"""Leaves all conversations of a person whose account is closed."""

from typing import Any
from uuid import UUID

from accounts.models import User
from conversations.models import Conversation, Participant
from messaging.membership.members import leave_conversation


def leave_everything(*, user_id: UUID) -> None:
    """Leaves every conversation but the direct ones; each gets a new owner if it needs one.

    Runs in the transaction that closes the account. Locks the person's row first, so that a
    concurrent `add_people` waits and then sees the account closed (see `lock_active_people`). The
    conversations are locked in the order of their ids, as by all writers.
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
    """Receives the signal `accounts.events.account_closing`."""
    leave_everything(user_id=user.pk)
