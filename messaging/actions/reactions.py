"""Reacting to a message with an emoji, and taking it back."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from messaging.actions.locked_message import change, lock_message, shared_shape
from messaging.emojis import canonical_emoji
from messaging.errors import TooManyReactions
from messaging.log import Log, writing
from messaging.models import Message, Reaction

MAX_EMOJIS = 20  # different ones on a message


def add_reaction(
    *, conversation_id: UUID, user_id: UUID, seq: int, emoji: object
) -> dict[str, Any]:
    """Adds the reaction and returns the message's JSON; the same again changes nothing.

    Raises InvalidInput, ConversationNotFound, MessageNotFound, NotAParticipant, SystemMessage,
    MessageGone, ConversationLocked, Blocked, TooManyReactions.
    """
    name = canonical_emoji(emoji)
    with writing(conversation_id) as log:
        locked = lock_message(log, user_id=user_id, seq=seq)
        locked.require_participant()
        locked.require_alive()
        locked.require_adding()
        standing = _standing(locked.message)
        if standing.filter(user=user_id, emoji=name).exists():
            return shared_shape(locked.message)
        emojis = set(standing.values_list("emoji", flat=True).distinct())
        if name not in emojis and len(emojis) >= MAX_EMOJIS:
            raise TooManyReactions
        rev = log.next_rev()
        Reaction.objects.create(
            conversation=log.conversation,
            seq=seq,
            user_id=user_id,
            emoji=name,
            rev=rev,
            created_at=log.now,
        )
        return change(log, locked.message, rev)


def remove_reaction(
    *, conversation_id: UUID, user_id: UUID, seq: int, emoji: object
) -> dict[str, Any]:
    """Removes the person's own reaction and returns the message's JSON; without one nothing
    changes.

    Raises InvalidInput, ConversationNotFound, MessageNotFound, NotAParticipant, SystemMessage,
    MessageGone.
    """
    name = canonical_emoji(emoji)
    with writing(conversation_id) as log:
        locked = lock_message(log, user_id=user_id, seq=seq)
        locked.require_participant()
        locked.require_alive()
        reaction = _standing(locked.message).filter(user=user_id, emoji=name).first()
        if reaction is None:
            return shared_shape(locked.message)
        rev = log.next_rev()
        _take_back(log, reaction, rev)
        return change(log, locked.message, rev)


def _standing(message: Message) -> QuerySet[Reaction]:
    return Reaction.objects.filter(
        conversation=message.conversation_id, seq=message.seq, removed_rev=None
    )


def _take_back(log: Log, reaction: Reaction, rev: int) -> None:
    """Ends the reaction at `rev`; people who left before keep seeing it.

    If nobody has joined or left since it was added, nobody will ever see it again, and the row is
    deleted: adding and removing it for hours leaves no rows behind.
    """
    if reaction.rev > log.conversation.member_rev:
        reaction.delete()
    else:
        Reaction.objects.filter(pk=reaction.pk).update(removed_rev=rev)
