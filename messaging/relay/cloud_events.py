"""Makes CloudEvents 1.0 in JSON of changes in logs; docs/events/ has a schema for each type.

An event says how a message stands at its rev, not what was done to it: whoever missed one and gets
the next has missed nothing. Without EVENTS_CONTENT it holds ids, times and counts alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from chatproject.core.api.json import dump
from chatproject.core.times import rfc3339, rfc3339_or_none
from messaging.relay.changes import ChangedMessage, Head, LogChanges

PREFIX = "chat."
CREATED, UPDATED, DELETED = "message.created", "message.updated", "message.deleted"
CONVERSATION_CHANGED, PERSON_ERASED = "conversation.changed", "person.erased"
TYPES = (CREATED, UPDATED, DELETED, CONVERSATION_CHANGED, PERSON_ERASED)
CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"
# The fields of a system message that hold nobody's words.
WORDLESS = frozenset(
    ("userId", "userIds", "memberIds", "role", "kind", "history", "seconds", "hasPicture")
)


class Event(NamedTuple):
    """`id` is unique, and the same when the event is published again; events of one `key` stay in
    their order. `type` has the prefix."""

    id: str
    key: str
    type: str
    body: bytes


def events_of(changes: LogChanges) -> Iterator[Event]:
    """In the order of rev."""
    head = changes.head
    for message in changes.messages:
        if message.kind == "system" and message.deleted_at is None:
            yield _in_log(CONVERSATION_CHANGED, head, message.rev, _system(head, message))
        else:
            yield _in_log(_name(head, message), head, message.rev, _message(head, message))
    if changes.has_bare_rev:
        yield _in_log(CONVERSATION_CHANGED, head, head.last_rev, _conversation(head, head.last_rev))


def person_erased(user_id: UUID, at: datetime) -> Event:
    """Its messages come as `message.deleted`."""
    data = {"personId": str(user_id), "erasedAt": rfc3339(at)}
    return _event(PERSON_ERASED, f"person:{user_id}:erased", str(user_id), rfc3339(at), data)


def _name(head: Head, message: ChangedMessage) -> str:
    if message.deleted_at is not None:
        return DELETED
    return CREATED if message.seq > head.seq else UPDATED


def _message(head: Head, message: ChangedMessage) -> dict[str, Any]:
    data = {
        "conversationId": str(head.id),
        "conversationKind": head.kind,
        "seq": message.seq,
        "rev": message.rev,
        "messageId": str(message.id),
        "senderId": _text(message.sender_id),
        "kind": message.kind,
        "replyToSeq": message.reply_to_seq,
        "threadSeq": message.thread_seq,
        "isForwarded": bool((message.meta or {}).get("forwarded")),
        "isPoll": "poll" in (message.meta or {}),
        "reactionCount": message.reaction_count,
        "attachments": [_file(it) for it in message.files or ()],
        "createdAt": rfc3339(message.created_at),
        "editedAt": rfc3339_or_none(message.edited_at),
        "pinnedAt": rfc3339_or_none(message.pinned_at),
        "deletedAt": rfc3339_or_none(message.deleted_at),
        "deletedById": _text(message.deleted_by_id),
    }
    if settings.EVENTS_CONTENT and message.deleted_at is None:
        data["content"] = message.body
    return data


def _file(row: Sequence[Any]) -> dict[str, Any]:
    file_id, content_type, size, name = row
    told = {"id": file_id, "contentType": content_type, "size": size}
    return {**told, "name": name} if settings.EVENTS_CONTENT else told


def _conversation(head: Head, rev: int) -> dict[str, Any]:
    """What a change without a message tells."""
    return {
        "conversationId": str(head.id),
        "conversationKind": head.kind,
        "rev": rev,
        "memberCount": head.member_count,
        "isLocked": head.is_locked,
        "event": None,
        "seq": None,
        "byId": None,
        "at": rfc3339(head.at),
        "details": {},
    }


def _system(head: Head, message: ChangedMessage) -> dict[str, Any]:
    """What the log tells of it: `event`, by whom, and the ids and switches that go with it."""
    meta = dict(message.meta or {})
    event = meta.pop("event", None)
    if not settings.EVENTS_CONTENT:
        meta = {name: value for name, value in meta.items() if name in WORDLESS}
    return {
        **_conversation(head, message.rev),
        "event": event,
        "seq": message.seq,
        "byId": _text(message.sender_id),
        "at": rfc3339(message.created_at),
        "details": meta,
    }


def _in_log(name: str, head: Head, rev: int, data: Mapping[str, Any]) -> Event:
    at = data.get("deletedAt") or data.get("editedAt") or data.get("createdAt") or data["at"]
    return _event(name, f"{head.id}:{rev}", str(head.id), at, data)


def _event(name: str, event_id: str, key: str, at: str, data: Mapping[str, Any]) -> Event:
    kind = PREFIX + name
    body = {
        "specversion": "1.0",
        "id": event_id,
        "source": settings.PUBLIC_URL,
        "type": kind,
        "time": at,
        "partitionkey": key,
        "datacontenttype": "application/json",
        "data": data,
    }
    return Event(event_id, key, kind, dump(body))


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
