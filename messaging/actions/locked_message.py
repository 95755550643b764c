"""Finds the message that an action changes, by the visibility rule, under the log's lock."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from conversations import posting
from conversations.errors import AdminRightMissing, NotAParticipant
from conversations.models import Conversation, Participant
from conversations.visibility import FOREVER, Visibility, visibility_of
from messaging.archive.recalling import recall
from messaging.errors import MessageGone, MessageNotFound, SystemMessage
from messaging.log import Log
from messaging.models import Message
from messaging.reads.messages import whole_messages

Kind = Conversation.Kind


@dataclass(frozen=True, slots=True)
class LockedMessage:
    """A visible message, the visibility by which it was found, and its locked log."""

    log: Log
    visibility: Visibility
    message: Message

    def require_alive(self) -> None:
        """Raises SystemMessage or MessageGone: such a message cannot be changed."""
        if self.message.kind == Message.Kind.SYSTEM:
            raise SystemMessage
        if self.message.deleted_at is not None:
            raise MessageGone

    def require_participant(self) -> Participant:
        """The person's open period, if it shows the message as it is now.

        People who rejoined see the part from before they left as it stood then, so they could not
        see a change that they made to it. Raises NotAParticipant.
        """
        participant = self.visibility.require_participant()
        span = self.visibility.span_of(self.message.seq)
        if span is None or span.to_rev < FOREVER:
            raise NotAParticipant(
                "The message is from before you left; you see it as it stood then."
            )
        return participant

    def require_adding(self) -> None:
        """Raises the `posting.adding_refusal` of the person, and the errors above."""
        posting.require_adding(self.log.conversation, self.require_participant())

    def require_posting(self) -> None:
        """Raises the `posting.posting_refusal` of the person, and the errors above."""
        posting.require_posting(self.log.conversation, self.require_participant())

    def require_admin_where_many_read(self) -> None:
        """In a direct conversation or a group anybody may; raises AdminRightMissing elsewhere."""
        participant = self.require_participant()
        if self.log.conversation.kind in (Kind.PUBLIC, Kind.BROADCAST) and not participant.is_admin:
            raise AdminRightMissing


def lock_message(log: Log, *, user_id: UUID, seq: int) -> LockedMessage:
    """Raises ConversationNotFound or MessageNotFound if the person may not see the message.

    Recalls an archived message, and raises ArchiveUnavailable if that is not possible.
    """
    visibility = visibility_of(log.conversation.pk, user_id)
    if visibility.covers(seq):
        recall(visibility.conversation, [seq])
    message = Message.objects.within(visibility).filter(seq=seq).first()
    if message is None:
        raise MessageNotFound
    return LockedMessage(log, visibility, message)


def change(log: Log, message: Message, rev: int, **fields: Any) -> dict[str, Any]:
    """Writes the rev and the fields, announces `message.updated`, and returns the JSON."""
    write(message, rev, **fields)
    shape = shared_shape(message)
    log.announce("message.updated", seq=message.seq, rev=rev, message=shape)
    return shape


def write(message: Message, rev: int, **fields: Any) -> None:
    """Updates the row by its key. `message.save()` would look for it by id, which is none."""
    fields["rev"] = rev
    Message.objects.filter(conversation=message.conversation_id, seq=message.seq).update(**fields)
    for name, value in fields.items():
        setattr(message, name, value)


def shared_shape(message: Message) -> dict[str, Any]:
    """The JSON of the message as it is now, the same for everybody."""
    (shape,) = whole_messages(message.conversation_id, [message.seq])
    return shape
