"""The message that somebody is about to change: found by the one visibility rule, locked."""

from dataclasses import dataclass
from math import ceil
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Block, Mute
from conversations.errors import (
    AdminRightMissing,
    Blocked,
    ConversationLocked,
    NotAParticipant,
    PostingRightMissing,
)
from conversations.models import Conversation, Participant
from conversations.visibility import FOREVER, Visibility, visibility_of
from messaging.errors import MessageGone, MessageNotFound, Muted, SystemMessage
from messaging.log import Log
from messaging.models import Message
from messaging.reads.messages import whole_messages

Kind = Conversation.Kind


@dataclass(frozen=True, slots=True)
class LockedMessage:
    """A visible message, what the person sees of its conversation, and the log, which is locked."""

    log: Log
    visibility: Visibility
    message: Message

    def require_alive(self) -> None:
        """Raises SystemMessage or MessageGone: nothing more can be done to such a message."""
        if self.message.kind == Message.Kind.SYSTEM:
            raise SystemMessage
        if self.message.deleted_at is not None:
            raise MessageGone

    def require_participant(self) -> Participant:
        """The open period of the person, when it shows the message as it is now.

        Who came back after leaving still sees the older part as it stood then; a change to it would
        be one that its maker cannot see. Raises NotAParticipant.
        """
        participant = self.visibility.require_participant()
        span = self.visibility.span_of(self.message.seq)
        if span is None or span.to_rev < FOREVER:
            raise NotAParticipant(
                "The message is from before you left; you see it as it stood then."
            )
        return participant

    def require_open_door(self) -> None:
        """Raises ConversationLocked or Blocked: nobody puts anything new into it now."""
        conversation = self.log.conversation
        if conversation.locked_at is not None:
            raise ConversationLocked
        if conversation.kind == Kind.DIRECT and _is_blocked(
            conversation.pk, self.visibility.user_id
        ):
            raise Blocked

    def require_posting(self) -> None:
        """What is asked of who sends a message, too; raises PostingRightMissing, Muted and the
        above."""
        require_voice(self.visibility.user_id)
        participant = self.require_participant()
        if self.log.conversation.kind == Kind.BROADCAST and not participant.is_admin:
            raise PostingRightMissing
        self.require_open_door()

    def require_admin_where_many_read(self) -> None:
        """In a direct conversation or a group anybody may; raises AdminRightMissing elsewhere."""
        participant = self.require_participant()
        if self.log.conversation.kind in (Kind.PUBLIC, Kind.BROADCAST) and not participant.is_admin:
            raise AdminRightMissing


def require_voice(user_id: UUID) -> None:
    """Raises Muted for who was silenced by a moderator."""
    lasting = Mute.objects.filter(user=user_id).exclude(ends_at__lte=Now())
    for (left,) in lasting.values_list(F("ends_at") - Now()):
        raise Muted(None if left is None else ceil(left.total_seconds()))


def lock_message(log: Log, *, user_id: UUID, seq: int) -> LockedMessage:
    """Raises ConversationNotFound or MessageNotFound for what the person may not see."""
    visibility = visibility_of(log.conversation.pk, user_id)
    message = Message.objects.within(visibility).filter(seq=seq).first()
    if message is None:
        raise MessageNotFound
    return LockedMessage(log, visibility, message)


def change(log: Log, message: Message, rev: int, **fields: Any) -> dict[str, Any]:
    """Stamps the message with `rev` and the fields, announces `message.updated`; its JSON."""
    write(message, rev, **fields)
    shape = shared_shape(message)
    log.announce("message.updated", seq=message.seq, rev=rev, message=shape)
    return shape


def write(message: Message, rev: int, **fields: Any) -> None:
    """Never `message.save()`: that would look for the row by id, which is not the table's key."""
    fields["rev"] = rev
    Message.objects.filter(conversation=message.conversation_id, seq=message.seq).update(**fields)
    for name, value in fields.items():
        setattr(message, name, value)


def shared_shape(message: Message) -> dict[str, Any]:
    """The JSON of the message as it stands now, the same for everybody."""
    (shape,) = whole_messages(message.conversation_id, [message.seq])
    return shape


def _is_blocked(conversation_id: UUID, user_id: UUID) -> bool:
    """Whether one of a direct conversation's two people blocks the other."""
    people = Participant.objects.open().filter(conversation=conversation_id).values("user")
    return Block.objects.filter(
        Q(blocker=user_id, blocked__in=people) | Q(blocked=user_id, blocker__in=people)
    ).exists()
