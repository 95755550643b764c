"""Builds the events of conversations. Only actions call this, and publish after the commit."""

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
    """An event with a rev: sockets that may see `seq` get it, the others get only the rev."""
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
    """An event without a rev, such as a receipt; only sockets that may see `seq` get it."""
    event = {"type": name, "conversationId": str(conversation_id), **fields}
    return Publication(conversation_topic(conversation_id), dump(event), seq)


def message_created(
    row: MessageRow, member_rev: int, attachments: Sequence[Mapping[str, Any]] = ()
) -> tuple[Publication, bytes]:
    """The event of a sent message, and the encoded message, which the ack contains too.

    The hot path: the message is encoded once and inserted into the event's frame.
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


def thread_updated(conversation_id: UUID, seq: int, thread: Mapping[str, Any]) -> Publication:
    """The event of what a thread's replies come to, for who sees its root."""
    return beside_log(conversation_id, "thread.updated", seq=seq, threadSeq=seq, thread=thread)


def name_of_change(message: Mapping[str, Any]) -> str:
    """The name of the event that brings a client up to date with a changed message."""
    if message["deletedAt"]:
        return "message.deleted"
    marks = ("editedAt", "pinnedAt", "reactions", "poll", "linkPreviews")
    return "message.updated" if any(map(message.get, marks)) else "message.created"
