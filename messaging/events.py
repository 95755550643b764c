"""Every event that the system tells, built in one place, from actions only, after the commit."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chatproject.core.api.json import dump
from chatproject.realtime.bus import Publication, conversation_topic
from conversations.models import Conversation
from messaging.wire import MessageRow, fresh_message


def in_log(
    conversation: Conversation, name: str, /, *, seq: int, rev: int, **fields: Any
) -> Publication:
    """An event that has a place in the log: who may see `seq` gets it, the others its rev alone."""
    event = {
        "type": name,
        "conversationId": str(conversation.pk),
        "rev": rev,
        "memberRev": conversation.member_rev,
        **fields,
    }
    return Publication(
        conversation_topic(conversation.pk), dump(event), seq, rev, conversation.member_rev
    )


def beside_log(conversation_id: UUID, name: str, *, seq: int = 0, **fields: Any) -> Publication:
    """An event without a rev, such as a receipt; `seq` names what one must see to get it."""
    event = {"type": name, "conversationId": str(conversation_id), **fields}
    return Publication(conversation_topic(conversation_id), dump(event), seq)


def message_created(
    row: MessageRow, member_rev: int, attachments: Sequence[Mapping[str, Any]] = ()
) -> tuple[Publication, bytes]:
    """The event of a sent message, and the shared message in it, which the ack holds too.

    The hot path: the message is encoded once and spliced into the event's frame.
    """
    message = fresh_message(row, attachments)
    conversation_id, rev = str(row["conversation_id"]), row["rev"]
    frame = b'{"type":"message.created","conversationId":"%b","rev":%d,"memberRev":%d,"message":%b}'
    return (
        Publication(
            conversation_topic(conversation_id),
            frame % (conversation_id.encode(), rev, member_rev, message),
            row["seq"],
            rev,
            member_rev,
        ),
        message,
    )


def name_of_change(message: Mapping[str, Any]) -> str:
    """The event by which a message is told to who missed what happened to it."""
    if message["deletedAt"]:
        return "message.deleted"
    changed = message["editedAt"] or message["pinnedAt"] or message["reactions"]
    return "message.updated" if changed else "message.created"
