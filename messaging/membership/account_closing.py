"""Leaves all conversations of a person whose account is closed, locks the direct ones, and forgets
what they kept for later."""

from typing import Any
from uuid import UUID

from accounts.models import User
from conversations.folders import forget_folders
from conversations.models import Conversation, Participant
from conversations.wire import conversation_json
from messaging.actions.saved import forget_saved
from messaging.actions.scheduled import forget_scheduled
from messaging.log import writing
from messaging.membership.join_requests import forget_join_requests
from messaging.membership.members import leave_conversation


def leave_everything(*, user_id: UUID) -> None:
    """Leaves every conversation; each gets a new owner if it needs one. The direct ones, which are
    never left, are locked instead: what is written there would reach nobody.

    Runs in the transaction that closes the account. Locks the person's row first, so that a
    concurrent `add_people` waits and then sees the account closed (see `lock_active_people`). The
    conversations are locked in the order of their ids, as by all writers.
    """
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    inside = Participant.objects.open().filter(user=user_id).order_by("conversation_id")
    for conversation_id, kind in list(inside.values_list("conversation_id", "conversation__kind")):
        if kind == Conversation.Kind.DIRECT:
            _lock(conversation_id)
        else:
            leave_conversation(conversation_id=conversation_id, user_id=user_id)


def _lock(conversation_id: UUID) -> None:
    with writing(conversation_id) as log:
        if log.conversation.locked_at is not None:
            return
        log.update(locked_at=log.now)
        log.announce(
            "conversation.updated",
            seq=log.conversation.last_seq,
            rev=log.next_rev(),
            conversation=conversation_json(log.conversation),
        )


def on_account_closing(sender: object, *, user: User, **_: Any) -> None:
    """Receives the signal `accounts.events.account_closing`."""
    leave_everything(user_id=user.pk)
    forget_scheduled(user.pk)
    forget_saved(user.pk)
    forget_folders(user.pk)
    forget_join_requests(user)
