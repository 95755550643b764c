"""Refusals of actions on messages."""

from chatproject.core.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    NotYet,
)


class MessageNotFound(NotFound):
    """The message does not exist, or the viewer may not see it."""

    code = "message_not_found"
    detail = "There is no such message."


class ReplyTargetNotFound(InvalidInput):
    code = "reply_target_not_found"
    detail = "The message that this one replies to is not there."


class ThreadNotFound(InvalidInput):
    code = "thread_not_found"
    detail = "There is no such thread, and no message that could start it."


class AttachmentNotFound(InvalidInput):
    code = "attachment_not_found"
    detail = "An attachment is not there, not ready, not yours, or already in a message."


class ClientIdTaken(Conflict):
    code = "client_id_conflict"
    detail = "This clientId was used for a message with other content."


class NotTheSender(Forbidden):
    code = "not_the_sender"
    detail = "Only the author of the message can do this."


class MessageGone(Conflict):
    code = "message_deleted"
    detail = "The message has been deleted."


class SystemMessage(Forbidden):
    code = "system_message"
    detail = "A system message cannot be changed."


class TooManyReactions(Conflict):
    code = "too_many_reactions"
    detail = "This message cannot have any more different reactions."


class TooManyPins(Conflict):
    code = "too_many_pins"
    detail = "No more messages can be pinned in this conversation."


class WordRefused(InvalidInput):
    code = "word_refused"
    detail = "The text holds a word that is not allowed on this server."


class TooManyLinks(NotYet):
    status = 403
    code = "too_many_links"
    detail = "A new account can post only a few links."


class TooManyInvites(NotYet):
    status = 403
    code = "too_many_invites"
    detail = "A new account can add only a few people."


class ReportNotFound(NotFound):
    code = "report_not_found"
    detail = "There is no such report of yours."


class ScheduledMessageNotFound(NotFound):
    """It does not exist, was sent or cancelled, or is somebody else's."""

    code = "scheduled_message_not_found"
    detail = "There is no such scheduled message of yours."


class ScheduledMessageSending(Conflict):
    code = "scheduled_message_sending"
    detail = "The message is being sent at this moment."


class TooManyScheduled(Conflict):
    code = "too_many_scheduled"
    detail = "No more messages can be scheduled. Send or delete some first."


class SavedMessageNotFound(NotFound):
    code = "saved_message_not_found"
    detail = "You have not saved such a message."


class TooManySaved(Conflict):
    code = "too_many_saved"
    detail = "No more messages can be saved. Remove some first."


class NotAPoll(Conflict):
    code = "not_a_poll"
    detail = "The message is no poll."


class PollClosed(Conflict):
    code = "poll_closed"
    detail = "The vote has ended."


class PollHasVotes(Conflict):
    code = "poll_has_votes"
    detail = "The question cannot be changed any more: somebody has voted."


class OriginNotFound(NotFound):
    """The message was not forwarded, or the viewer may not see where it came from."""

    code = "origin_not_found"
    detail = "The original of this message is not there, or not for you to see."
