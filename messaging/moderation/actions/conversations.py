"""Closing a conversation for posting, and slowing it down: acts told to all in it."""

from uuid import UUID

from accounts.audit.audit_log import record
from accounts.models import User
from chatproject.core.errors import InvalidInput
from conversations.wire import conversation_json
from messaging.log import Log, writing

MAX_SLOW_SECONDS = 6 * 3600


def lock_conversation(*, conversation_id: UUID, by: User, reason: str = "") -> None:
    """From now on nobody posts in it; locking it again changes nothing.

    Raises ConversationNotFound.
    """
    with writing(conversation_id) as log:
        if log.conversation.locked_at is None:
            log.update(locked_at=log.now)
            _tell(log, "conversation.locked")
            _record(log, "conversation.locked", by, reason, {"isLocked": False}, {"isLocked": True})


def unlock_conversation(*, conversation_id: UUID, by: User, reason: str = "") -> None:
    """Raises ConversationNotFound."""
    with writing(conversation_id) as log:
        if log.conversation.locked_at is not None:
            log.update(locked_at=None)
            _tell(log, "conversation.unlocked")
            _record(
                log, "conversation.unlocked", by, reason, {"isLocked": True}, {"isLocked": False}
            )


def set_slow_mode(*, conversation_id: UUID, by: User, seconds: int, reason: str = "") -> None:
    """Members wait so many seconds between two messages of theirs; 0 ends it.

    Raises ConversationNotFound, InvalidInput.
    """
    if not 0 <= seconds <= MAX_SLOW_SECONDS:
        detail = f"It has to be from 0 to {MAX_SLOW_SECONDS} seconds."
        raise InvalidInput.of("seconds", detail, "out_of_range")
    with writing(conversation_id) as log:
        before = log.conversation.slow_seconds
        if before != seconds:
            log.update(slow_seconds=seconds)
            _tell(log, "conversation.slowed", seconds=seconds)
            _record(
                log, "conversation.slowed", by, reason, {"seconds": before}, {"seconds": seconds}
            )


def _tell(log: Log, event: str, **fields: int) -> None:
    """As a system message of nobody, since it is the server that says so."""
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
