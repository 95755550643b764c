"""Presses of buttons in the shape of Slack's `block_actions`, for apps on Socket Mode."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from accounts.models import User
from conversations.models import Conversation
from messaging.api.slack.messages import people_of
from messaging.api.slack.shapes import TEAM_ID, message_shape, ts_of
from messaging.reads.messages import get_message


def block_actions(frame: Mapping[str, Any], me: UUID) -> dict[str, Any]:
    """The payload of an envelope of kind `interactive`, of a `button.pressed` of the bot `me`.

    Raises ConversationNotFound or MessageNotFound where the bot does not see the message any more.
    """
    channel = frame["conversationId"]
    found = get_message(conversation_id=UUID(channel), viewer_id=me, seq=frame["seq"])
    message = message_shape(found, people_of(found))
    person = User.objects.get(pk=frame["userId"])
    title = Conversation.objects.values_list("title", flat=True).get(pk=channel)
    return {
        "type": "block_actions",
        "user": {
            "id": str(person.pk),
            "username": person.name,
            "name": person.name,
            "team_id": TEAM_ID,
        },
        "api_app_id": str(me),
        "token": "",
        "container": {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": channel,
            "is_ephemeral": False,
        },
        "trigger_id": frame["triggerId"],
        "team": {"id": TEAM_ID, "domain": "chat"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel, "name": title},
        "message": message,
        "state": {"values": {}},
        "response_url": frame["responseUrl"],
        "actions": [_action(frame)],
    }


def _action(frame: Mapping[str, Any]) -> dict[str, Any]:
    action = {
        "type": "button",
        "action_id": frame["actionId"],
        "block_id": frame["blockId"],
        "text": {"type": "plain_text", "text": frame["label"], "emoji": True},
        "action_ts": ts_of(frame["pressedAt"]),
    }
    return action if frame["value"] is None else {**action, "value": frame["value"]}
