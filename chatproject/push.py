"""Events of other Django code in this project, for the sockets of people: see docs/push.md.

    from chatproject.push import push_to_conversation, push_to_user

From sync code in a request, a task, or a command in another process. Pushed after the commit, at
most once, and stored nowhere: what has to arrive belongs into a message.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from chatproject.realtime import control
from chatproject.realtime.bus import (
    Publication,
    conversation_topic,
    has_outlet,
    publish,
    user_topic,
)
from conversations.errors import ConversationNotFound
from conversations.models import Conversation

EVENT_PUSHED = "event.pushed"  # topic, frame as a text, memberRev
MAX_PAYLOAD_BYTES = 32 * 1024

_TYPE = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)+")
MAX_TYPE_LENGTH = 100
# The first words of the types of our own events and frames, present and likely.
RESERVED = frozenset(
    (
        *("account", "ack", "admin", "attachment", "auth", "block", "bot", "button", "call"),
        *("channel", "command"),
        *("chat", "contact", "conversation", "device", "draft", "error", "event", "file", "hello"),
        *("hook", "hub", "invite", "mention", "message", "moderation", "notification"),
        *("participant", "participants", "person", "ping", "pin", "poll", "pong", "presence"),
        *("preview", "profile", "reaction", "receipt", "report", "reminder", "saved", "scheduled"),
        *("search", "server", "session", "settings", "state", "sync", "system", "thread", "typing"),
        *("unread", "user"),
    )
)


class InvalidEvent(ValueError):
    """The type or the payload of a pushed event is not what docs/push.md says."""


class PushUnavailable(RuntimeError):
    """This process serves no sockets, and without REDIS_URL it reaches no process that does."""


def push_to_user(user_id: UUID, type: str, payload: Mapping[str, Any]) -> None:
    """Sends `{"type", "payload"}` to all sockets of the person that are for all conversations.

    Raises InvalidEvent, PushUnavailable.
    """
    _push(Publication(user_topic(UUID(str(user_id))), _frame(type, payload)))


def push_to_conversation(conversation_id: UUID, type: str, payload: Mapping[str, Any]) -> None:
    """Sends `{"type", "conversationId", "payload"}` to who hears the conversation and may see what
    happens in it now.

    Reads the conversation's row, within the caller's transaction, if there is one. Raises
    InvalidEvent, PushUnavailable, ConversationNotFound.
    """
    frame = _frame(type, payload, conversationId=str(conversation_id))
    rows = Conversation.objects.filter(pk=conversation_id).values_list("member_rev", flat=True)
    member_rev = rows.first()
    if member_rev is None:
        raise ConversationNotFound
    # Hubs that know an older membership read it anew before they deliver.
    _push(Publication(conversation_topic(conversation_id), frame, member_rev=member_rev))


def publication_of(fields: Mapping[str, Any]) -> Publication:
    """What another process has pushed, from the fields of its control command."""
    frame = fields["frame"].encode()
    return Publication(fields["topic"], frame, member_rev=fields["memberRev"])


def _frame(type: str, payload: Mapping[str, Any], **fields: str) -> bytes:
    if not _TYPE.fullmatch(type) or len(type) > MAX_TYPE_LENGTH:
        raise InvalidEvent(f"{type!r} is not a type such as acme.tick: lower case, with a dot.")
    if type.partition(".")[0] in RESERVED:
        raise InvalidEvent(f"{type!r} begins with a name of the chat's own events.")
    if not isinstance(payload, Mapping):
        raise InvalidEvent("The payload has to be an object.")
    event = {"type": type, **fields, "payload": dict(payload)}
    try:
        frame = json.dumps(event, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        encoded = frame.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidEvent(f"The payload is not JSON: {error}") from error
    if len(encoded) > MAX_PAYLOAD_BYTES:
        raise InvalidEvent(f"The event is larger than {MAX_PAYLOAD_BYTES} bytes.")
    return encoded


def _push(publication: Publication) -> None:
    """By the bus from a process that serves sockets, else by the control plane to all that do."""
    if has_outlet():
        transaction.on_commit(lambda: publish([publication]), robust=True)
    elif control.find_outlet() is not None:
        fields = {
            "topic": publication.topic,
            "frame": publication.frame.decode(),
            "memberRev": publication.member_rev,
        }
        transaction.on_commit(lambda: control.send(EVENT_PUSHED, **fields), robust=True)
    else:
        raise PushUnavailable(
            "No socket can be reached from this process: set REDIS_URL, or push from the server."
        )
