"""Our events in the shape of Slack's Events API, for apps on Socket Mode."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from accounts.models import User
from chatproject.core.ids import uuid7
from chatproject.core.times import rfc3339
from conversations.models import Conversation
from messaging.api.slack.shapes import TEAM_ID, message_shape, reaction_shape, ts_of
from messaging.mentions import mentioned_in
from messaging.models import Message, Reaction, Revision

Event = dict[str, Any]

_CHANNEL_TYPES = {"direct": "im", "group": "group", "public": "channel", "broadcast": "channel"}


def slack_events(frame: Mapping[str, Any], me: UUID) -> list[Event]:
    """The events that an app is told of a frame to its bot's socket; reads the database."""
    match frame.get("type"):
        case "message.created" if frame["message"]["kind"] != "system":
            event = _message_event(frame["message"])
            people, _ = mentioned_in(frame["message"]["content"])
            return [event, {**event, "type": "app_mention"}] if me in people else [event]
        case "message.updated":
            return [*_edited(frame["message"]), *_reactions(frame["message"])]
        case "message.deleted":
            return [_deleted(frame["message"])]
    return []


def envelope(kind: str, payload: Mapping[str, Any], *, takes_answer: bool = False) -> Event:
    """What an app acknowledges by its `envelope_id`."""
    return {
        "envelope_id": str(uuid7()),
        "type": kind,
        "accepts_response_payload": takes_answer,
        "payload": dict(payload),
    }


def event_callback(event: Event, me: UUID) -> Event:
    """The payload of an envelope of kind `events_api`."""
    return {
        "team_id": TEAM_ID,
        "api_app_id": str(me),
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{uuid7().hex}",
        "event_time": int(float(event["event_ts"])),
        "authorizations": [
            {"enterprise_id": None, "team_id": TEAM_ID, "user_id": str(me), "is_bot": True}
        ],
    }


def _message_event(message: Mapping[str, Any]) -> Event:
    people = {
        str(person.pk): {"name": person.name, "isBot": person.is_bot}
        for person in User.objects.filter(pk=message["senderId"])
    }
    shape = message_shape(message, people)
    place = {"channel": message["conversationId"], "channel_type": _channel_type(message)}
    if message["threadSeq"]:
        shape["thread_ts"] = _ts_of_seq(UUID(message["conversationId"]), message["threadSeq"])
    return {**shape, **place, "event_ts": shape["ts"]}


def _channel_type(message: Mapping[str, Any]) -> str:
    kind = Conversation.objects.values_list("kind", flat=True).get(pk=message["conversationId"])
    return _CHANNEL_TYPES[kind]


def _ts_of_seq(conversation_id: UUID, seq: int) -> str:
    rows = Message.objects.filter(conversation=conversation_id, seq=seq)
    return ts_of(rfc3339(rows.values_list("created_at", flat=True).get()))


def _edited(message: Mapping[str, Any]) -> list[Event]:
    """A change of the text, which has a revision at the message's rev."""
    rows = Revision.objects.filter(conversation=message["conversationId"], seq=message["seq"])
    if not rows.filter(rev=message["rev"]).exists():
        return []
    event = _message_event(message)
    return [
        {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "channel": event["channel"],
            "channel_type": event["channel_type"],
            "message": event,
            "ts": event["ts"],
            "event_ts": ts_of(message["editedAt"]),
        }
    ]


def _reactions(message: Mapping[str, Any]) -> list[Event]:
    """Those that were added or taken back at the message's rev."""
    rows = Reaction.objects.filter(conversation=message["conversationId"], seq=message["seq"])
    changed = [
        *(("reaction_added", each) for each in rows.filter(rev=message["rev"], removed_rev=None)),
        *(("reaction_removed", each) for each in rows.filter(removed_rev=message["rev"])),
    ]
    ts = ts_of(message["createdAt"])
    return [
        {
            "type": kind,
            "user": str(reaction.user_id),
            "reaction": reaction_shape({"emoji": reaction.emoji, "userIds": [], "count": 1})[
                "name"
            ],
            "item": {"type": "message", "channel": message["conversationId"], "ts": ts},
            "item_user": message["senderId"] or "",
            "event_ts": ts_of(rfc3339(reaction.created_at)),
        }
        for kind, reaction in changed
    ]


def _deleted(message: Mapping[str, Any]) -> Event:
    ts = ts_of(message["deletedAt"])
    return {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "channel": message["conversationId"],
        "channel_type": _channel_type(message),
        "deleted_ts": ts_of(message["createdAt"]),
        "ts": ts,
        "event_ts": ts,
    }
