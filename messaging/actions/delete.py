"""Deleting a message for everybody: the tombstone keeps its place, its sender and its client_id."""

from typing import Any
from uuid import UUID

from attachments.actions.discard import discard_of_messages
from messaging import events
from messaging.actions.locked_message import LockedMessage, lock_message, shared_shape, write
from messaging.archive.recalling import recall
from messaging.errors import MessageNotFound, NotTheSender, SystemMessage
from messaging.link_previews import forget_link_previews
from messaging.log import Log, writing
from messaging.models import Delivery, Forward, Mention, Message, PollVote, Reaction, Revision
from messaging.reads.threads.summaries import shared_threads
from messaging.thread_counts import recount_threads


def delete_message(
    *, conversation_id: UUID, user_id: UUID, seq: int, as_moderator: bool = False
) -> dict[str, Any]:
    """Deletes the message and returns the tombstone's JSON; deleting it again changes nothing.

    The sender may and, except in direct conversations, an owner or admin. With `as_moderator` no
    membership is needed; the caller has checked that right. Raises ConversationNotFound,
    MessageNotFound, NotAParticipant, SystemMessage, NotTheSender.
    """
    with writing(conversation_id) as log:
        message = (
            _any_message(log, seq)
            if as_moderator
            else _own_or_governed(lock_message(log, user_id=user_id, seq=seq))
        )
        if message.kind == Message.Kind.SYSTEM:
            raise SystemMessage
        if message.deleted_at is not None:
            return shared_shape(message)
        return _make_tombstone(log, message, by=user_id)


def _any_message(log: Log, seq: int) -> Message:
    recall(log.conversation, [seq])
    try:
        return Message.objects.get(conversation=log.conversation, seq=seq)
    except Message.DoesNotExist:
        raise MessageNotFound from None


def _own_or_governed(locked: LockedMessage) -> Message:
    """The message, if the person may delete it.

    Deletions reach everybody who ever saw the message, so it may be of an earlier membership.
    """
    participant = locked.visibility.require_participant()
    message = locked.message
    is_direct = locked.log.conversation.is_direct
    governs = participant.is_admin and not is_direct
    is_own = message.sender_id == locked.visibility.user_id
    if not (is_own or governs or message.kind == Message.Kind.SYSTEM):
        raise NotTheSender
    return message


def _make_tombstone(log: Log, message: Message, *, by: UUID) -> dict[str, Any]:
    """Empties the message and erases its children, also for people who have left."""
    for child in (Revision, Reaction, Mention, Forward, Delivery, PollVote):
        child.objects.filter(conversation=message.conversation_id, seq=message.seq).delete()
    discard_of_messages(conversation_id=message.conversation_id, seqs=[message.seq])
    forget_link_previews(message.conversation_id, [message.seq])
    rev = log.next_rev()
    write(
        message,
        rev,
        body="",
        meta=None,
        deleted_at=log.now,
        deleted_by_id=by,
        pinned_at=None,
        pinned_by_id=None,
    )
    roots = [] if message.thread_seq is None else [message.thread_seq]
    recount_threads(message.conversation_id, roots)
    shape = shared_shape(message)
    log.announce("message.deleted", seq=message.seq, rev=rev, message=shape)
    for thread in shared_threads(message.conversation_id, roots):
        log.publish(
            events.thread_updated(message.conversation_id, thread.seq, thread.shared_json())
        )
    return shape
