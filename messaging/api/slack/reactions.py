"""reactions.* and pins.*"""

from typing import Any
from uuid import UUID

from accounts.auth.scopes import Scope
from messaging.actions.pins import pin_message, unpin_message
from messaging.actions.reactions import add_reaction, remove_reaction
from messaging.api.slack.messages import Found, find_message_at, people_of
from messaging.api.slack.method import Answer, Call, SlackError, method
from messaging.api.slack.shapes import message_shape, permalink, unix
from messaging.imports.slack.emoji import reaction_named
from messaging.reads.pins import list_pins


def _target(call: Call) -> tuple[UUID, Found]:
    conversation_id = call.channel()
    ts = call.needed("timestamp", "no_item_specified")
    return conversation_id, find_message_at(conversation_id, call.user.pk, ts)


def _emoji(call: Call) -> str:
    found = reaction_named(call.needed("name", "invalid_name").strip(":"))
    if found is None:
        raise SlackError("invalid_name")
    return found


@method("reactions.add", Scope.REACTIONS_WRITE)
def add(call: Call) -> Answer:
    emoji = _emoji(call)
    conversation_id, found = _target(call)
    if emoji in found.message["myReactions"]:
        raise SlackError("already_reacted")
    add_reaction(conversation_id=conversation_id, user_id=call.user.pk, seq=found.seq, emoji=emoji)
    return {}


@method("reactions.remove", Scope.REACTIONS_WRITE)
def remove(call: Call) -> Answer:
    emoji = _emoji(call)
    conversation_id, found = _target(call)
    if emoji not in found.message["myReactions"]:
        raise SlackError("no_reaction")
    remove_reaction(
        conversation_id=conversation_id, user_id=call.user.pk, seq=found.seq, emoji=emoji
    )
    return {}


@method("reactions.get", Scope.HISTORY_READ)
def get(call: Call) -> Answer:
    conversation_id, found = _target(call)
    link = permalink(conversation_id, found.seq)
    message = {**found.shape(), "permalink": link}
    return {"type": "message", "channel": str(conversation_id), "message": message}


@method("pins.add", Scope.MESSAGES_WRITE)
def pin(call: Call) -> Answer:
    conversation_id, found = _target(call)
    if found.message["pinnedAt"]:
        raise SlackError("already_pinned")
    pin_message(conversation_id=conversation_id, user_id=call.user.pk, seq=found.seq)
    return {}


@method("pins.remove", Scope.MESSAGES_WRITE)
def unpin(call: Call) -> Answer:
    conversation_id, found = _target(call)
    if not found.message["pinnedAt"]:
        raise SlackError("no_pin")
    unpin_message(conversation_id=conversation_id, user_id=call.user.pk, seq=found.seq)
    return {}


@method("pins.list", Scope.HISTORY_READ)
def pins(call: Call) -> Answer:
    conversation_id = call.channel()
    answer, _ = list_pins(conversation_id=conversation_id, viewer_id=call.user.pk)
    people = people_of(answer)

    def item(message: dict[str, Any]) -> dict[str, Any]:
        link = permalink(conversation_id, message["seq"])
        return {
            "type": "message",
            "channel": str(conversation_id),
            "created": unix(message["pinnedAt"]),
            "created_by": message["pinnedById"],
            "message": {**message_shape(message, people), "permalink": link},
        }

    return {"items": [item(each) for each in answer["results"]]}
