"""System messages as sentences, and mentions by name, for people who read an export."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from messaging.markup import plain_text

SENTENCES = {
    "conversation.created": _("{by} started the conversation"),
    "conversation.renamed": _("{by} named the conversation “{title}”"),
    "conversation.topic_changed": _("{by} set the topic: {topic}"),
    "conversation.picture_changed": _("{by} changed the picture"),
    "conversation.elevated": _("{by} made the conversation {kind}"),
    "conversation.history_opened": _("{by} shared earlier messages with everybody"),
    "conversation.history_changed": _("{by} changed how much history newcomers see"),
    "conversation.owner_changed": _("{user} now owns the conversation"),
    "conversation.locked": _("The conversation was locked"),
    "conversation.unlocked": _("The conversation was unlocked"),
    "participant.joined": _("{by} joined"),
    "participant.left": _("{by} left"),
    "participant.removed": _("{by} removed {user}"),
    "participant.banned": _("{by} banned {user}"),
    "participant.role_changed": _("{user} is now {role}"),
    "participants.added": _("{by} added {users}"),
    "person.warned": _("A moderator warned {user}"),
}
UNKNOWN = _("Unknown")

Names = Mapping[str, str | None]


def sentence(message: Mapping[str, Any], names: Names) -> str:
    """What a system message tells; an event that has no sentence here is told by its name."""
    meta = message["meta"] or {}
    event = str(meta.get("event", ""))
    if event not in SENTENCES:
        return event
    users = ", ".join(_name(names, user) for user in meta.get("userIds", ()))
    values = {"title": "", "topic": "", "kind": "", "role": "", **meta}
    return gettext(SENTENCES[event]).format_map(
        {
            **values,
            "by": _name(names, message["senderId"]),
            "user": _name(names, meta.get("userId")),
            "users": users,
        }
    )


def readable(content: str, names: Names) -> str:
    """The text without its markup, with names in the place of ids."""
    return plain_text(content, lambda user_id: _name(names, user_id))


def _name(names: Names, user_id: str | None) -> str:
    return names.get(user_id or "") or gettext(UNKNOWN)
