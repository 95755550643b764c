"""People and conversations as the index files of a Slack export hold them."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.models import User
from conversations.models import Conversation, Participant
from messaging.imports.history import EPOCH

Kind = Conversation.Kind
INDEXES = {
    Kind.PUBLIC: "channels.json",
    Kind.BROADCAST: "channels.json",
    Kind.GROUP: "groups.json",
    Kind.DIRECT: "dms.json",
}
_PREFIXES = {Kind.PUBLIC: "C", Kind.BROADCAST: "C", Kind.GROUP: "G", Kind.DIRECT: "D"}
_UNFIT = re.compile(r"[\W_]+")
MAX_NAME = 80


def slack_id(prefix: str, id: UUID) -> str:
    return f"{prefix}{id.hex.upper()}"


def person_id(id: UUID) -> str:
    return slack_id("U", id)


def conversation_id(conversation: Conversation) -> str:
    return slack_id(_PREFIXES[Kind(conversation.kind)], conversation.pk)


def team_id() -> str:
    """The same for every export of this server."""
    return f"T{sha256(settings.PUBLIC_URL.encode()).hexdigest()[:10].upper()}"


def ts_of(moment: datetime) -> str:
    since = (moment - EPOCH) // timedelta(microseconds=1)
    return f"{since // 10**6}.{since % 10**6:06}"


def person_shape(person: User) -> dict[str, Any]:
    profile = {"real_name": person.name, "display_name": person.name}
    if person.email:
        profile["email"] = person.email
    return {
        "id": person_id(person.pk),
        "team_id": team_id(),
        "name": channel_name(person.name) or person_id(person.pk).lower(),
        "real_name": person.name,
        "deleted": not person.is_active,
        "is_bot": person.is_bot,
        "profile": profile,
    }


def channel_name(title: str) -> str:
    """As Slack allows it: lower-case letters, digits and hyphens."""
    return _UNFIT.sub("-", title.lower()).strip("-")[:MAX_NAME]


def conversation_shape(
    conversation: Conversation,
    members: Iterable[Participant],
    pins: Iterable[Mapping[str, Any]],
    name: str,
) -> dict[str, Any]:
    """`members` are the present ones; `name` is that of the folder, of a direct one its id."""
    inside = list(members)
    owner = next((it.user_id for it in inside if it.role == Participant.Role.OWNER), None)
    creator = owner or conversation.created_by_id
    shape: dict[str, Any] = {
        "id": conversation_id(conversation),
        "created": int(conversation.created_at.timestamp()),
        "members": [person_id(it.user_id) for it in inside],
        "pins": list(pins),
    }
    if conversation.kind == Kind.DIRECT:
        return shape
    note = {"creator": "", "last_set": 0}
    return shape | {
        "name": name,
        "title": conversation.title,
        "creator": person_id(creator) if creator else "",
        "is_archived": conversation.locked_at is not None,
        "is_general": False,
        "topic": {"value": conversation.topic, **note},
        "purpose": {"value": "", **note},
    }
