"""Locks conversations, and sets their slow mode. A system message tells the members."""

from uuid import UUID

from accounts.audit.audit_log import record
from accounts.models import User
from chatproject.core.errors import InvalidInput
from conversations.wire import conversation_json
from messaging.log import Log, writing

MAX_SLOW_SECONDS = 6 * 3600


def lock_conversation(*, conversation_id: UUID, by: User, reason: str = "") -> None:
    """Stops everybody from posting in it; locking again changes nothing.

    Raises ConversationNotFound.
    """
    with writing(conversation_id) as log:
        if log.conversation.locked_at is None:
            log.update(locked_at=log.now)
            _announce(log, "conversation.locked")
            _record(log, "conversation.locked", by, reason, {"isLocked": False}, {"isLocked": True})


def unlock_conversation(*, conversation_id: UUID, by: User, reason: str = "") -> None:
    """Unlocks the conversation; raises ConversationNotFound."""
    with writing(conversation_id) as log:
        if log.conversation.locked_at is not None:
            log.update(locked_at=None)
            _announce(log, "conversation.unlocked")
            _record(
                log, "conversation.unlocked", by, reason, {"isLocked": True}, {"isLocked": False}
            )


def set_slow_mode(*, conversation_id: UUID, by: User, seconds: int, reason: str = "") -> None:
    """Makes members wait so many seconds between two of their messages; 0 ends slow mode.

    Raises ConversationNotFound, InvalidInput.
    """
    if not 0 <= seconds <= MAX_SLOW_SECONDS:
        detail = f"It has to be from 0 to {MAX_SLOW_SECONDS} seconds."
        raise InvalidInput.of("seconds", detail, "out_of_range")
    with writing(conversation_id) as log:
        before = log.conversation.slow_seconds
        if before != seconds:
            log.update(slow_seconds=seconds)
            _announce(log, "conversation.slowed", seconds=seconds)
            _record(
                log, "conversation.slowed", by, reason, {"seconds": before}, {"seconds": seconds}
            )


def _announce(log: Log, event: str, **fields: int) -> None:
    """Appends a system message without a sender, and announces the changed conversation."""
    log.append_system(event, by=None, **fields)
    log.announce(
        "conversation.updated",
        seq=log.conversation.last_seq,
        rev=log.conversation.last_rev,
        conversation=conversation_json(log.conversation),
    )


def _record(
    log: Log,
    action: str,
    by: User,
    reason: str,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    record(
        by=by, action=action, subject=log.conversation, reason=reason, before=before, after=after
    )
