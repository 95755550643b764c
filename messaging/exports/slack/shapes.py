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
from messaging.imports.slack.export import NO_DOMAIN

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
    """Whoever has no address gets one that nobody can have (RFC 2606), since importers ask for
    one of everybody but bots; our own passes over it."""
    key, name = person_id(person.pk), person.name
    profile = {
        "real_name": name,
        "real_name_normalized": name,
        "display_name": name,
        "display_name_normalized": name,
        "team": team_id(),
    }
    if person.is_bot:
        profile["bot_id"] = slack_id("B", person.pk)
    else:
        profile["email"] = person.email or f"{key.lower()}@{NO_DOMAIN}"
    return {
        "id": key,
        "team_id": team_id(),
        "name": channel_name(name) or key.lower(),
        "real_name": name,
        "deleted": not person.is_active,
        "tz": person.time_zone or "UTC",
        "is_admin": person.is_staff,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": int(person.created_at.timestamp()),
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
    if conversation.is_direct:  # of two, also where somebody writes to themself
        return shape | {"members": (shape["members"] * 2)[:2]}
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
