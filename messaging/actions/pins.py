"""Pinning messages to a conversation, for everybody in it."""

from typing import Any
from uuid import UUID

from messaging.actions.locked_message import LockedMessage, change, lock_message, shared_shape
from messaging.errors import TooManyPins
from messaging.log import Log, writing
from messaging.models import Message

MAX_PINS = 100  # in a conversation


def pin_message(*, conversation_id: UUID, user_id: UUID, seq: int) -> dict[str, Any]:
    """Pins the message and returns its JSON; pinning it again changes nothing.

    Members may pin in a direct conversation or a group, admins in the others. Raises
    ConversationNotFound, MessageNotFound, NotAParticipant, AdminRightMissing, SystemMessage,
    MessageGone, ConversationLocked, Blocked, TooManyPins.
    """
    with writing(conversation_id) as log:
        locked = _pinnable(log, user_id=user_id, seq=seq)
        locked.require_adding()
        if locked.message.pinned_at is not None:
            return shared_shape(locked.message)
        if Message.objects.pinned(conversation_id).count() >= MAX_PINS:
            raise TooManyPins
        return change(log, locked.message, log.next_rev(), pinned_at=log.now, pinned_by_id=user_id)


def unpin_message(*, conversation_id: UUID, user_id: UUID, seq: int) -> dict[str, Any]:
    """Unpins the message and returns its JSON; without a pin nothing changes.

    Needs the same rights as pinning and raises the same, but works in a locked conversation too,
    and in a direct one with a block.
    """
    with writing(conversation_id) as log:
        locked = _pinnable(log, user_id=user_id, seq=seq)
        if locked.message.pinned_at is None:
            return shared_shape(locked.message)
        return change(log, locked.message, log.next_rev(), pinned_at=None, pinned_by_id=None)


def _pinnable(log: Log, *, user_id: UUID, seq: int) -> LockedMessage:
    locked = lock_message(log, user_id=user_id, seq=seq)
    locked.require_admin_where_many_read()
    locked.require_alive()
    return locked
