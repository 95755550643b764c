"""What a body says about a conversation: its shape is checked here, its rules in the actions."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chatproject.core.api.fields import (
    choice_field,
    flag_field,
    required,
    text_field,
    uuid_field,
    uuids_field,
)
from chatproject.core.errors import InvalidInput
from chatproject.core.ids import client_id_from_key
from conversations.models import Conversation
from messaging.membership.create_conversation import Plan
from messaging.text import has_visible_character

Kind, History = Conversation.Kind, Conversation.History

MAX_TITLE = 200
MAX_TOPIC = 1000
MAX_MEMBERS = 1000  # named in one call


def kind_of(data: Mapping[str, Any]) -> str:
    """From `kind`, or from `isGroup`: true for a group, false for a direct conversation."""
    kind = choice_field(data, "kind", Kind.values)
    is_group = flag_field(data, "isGroup")
    if kind is None:
        return Kind.GROUP if required(is_group, "isGroup") else Kind.DIRECT
    if is_group is not None and is_group != (kind != Kind.DIRECT):
        raise InvalidInput.of("isGroup", "It does not fit the kind.", "contradiction")
    return kind


def other_of(data: Mapping[str, Any], user_id: UUID) -> UUID:
    """The other person of a direct conversation: oneself, when nobody or oneself alone is named."""
    ids = required(uuids_field(data, "memberIds", maximum=MAX_MEMBERS), "memberIds")
    others = [each for each in ids if each != user_id]
    if len(others) > 1:
        detail = "A direct conversation is with exactly one other person."
        raise InvalidInput.of("memberIds", detail, "too_many")
    return others[0] if others else user_id


def plan_of(
    data: Mapping[str, Any], *, kind: str, creator_id: UUID, idempotency_key: str | None
) -> Plan:
    """Who says `isGroup` names the members too; by `kind` one may begin alone."""
    member_ids = uuids_field(data, "memberIds", maximum=MAX_MEMBERS)
    if "kind" not in data:
        required(member_ids, "memberIds")
    client_id = uuid_field(data, "clientId")
    if client_id is None and idempotency_key:
        client_id = client_id_from_key(idempotency_key)
    return Plan(
        creator_id=creator_id,
        kind=kind,
        title=required(title_of(data), "name"),
        topic=text_field(data, "topic", max_length=MAX_TOPIC) or "",
        history=choice_field(data, "history", History.values),
        member_ids=member_ids or (),
        client_id=client_id,
    )


def changes_of(data: Mapping[str, Any]) -> dict[str, str]:
    """What a PATCH names, as arguments of `change_conversation`; nothing is InvalidInput."""
    changes = {
        "title": title_of(data),
        "topic": text_field(data, "topic", max_length=MAX_TOPIC),
        "kind": choice_field(data, "kind", Kind.values),
        "history": choice_field(data, "history", History.values),
    }
    given = {name: value for name, value in changes.items() if value is not None}
    if not given:
        raise InvalidInput("One of name, topic, kind and history is needed.")
    return given


def title_of(data: Mapping[str, Any]) -> str | None:
    title = text_field(data, "name", max_length=MAX_TITLE)
    if title is not None and not has_visible_character(title):
        raise InvalidInput.of("name", "At least one visible character is needed.", "blank")
    return title
