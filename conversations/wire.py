"""The JSON shapes of a conversation, a participant, a ban and the own state."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from chatproject.core.times import rfc3339, rfc3339_or_none
from conversations.models import Ban, Conversation, Participant

# Callers pass periods and bans with their `user` selected.


class ConversationFields(Protocol):
    """What the shape of a conversation is made of: a model instance, or a row of a statement."""

    @property
    def pk(self) -> UUID | str: ...
    @property
    def kind(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def picture_id(self) -> UUID | str | None: ...
    @property
    def created_by_id(self) -> UUID | str | None: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def member_count(self) -> int | None: ...
    @property
    def history(self) -> str: ...
    @property
    def open_from_seq(self) -> int | None: ...
    @property
    def locked_at(self) -> datetime | None: ...


class OwnStateFields(Protocol):
    """Likewise, of the own state of a conversation."""

    @property
    def muted_until(self) -> datetime | None: ...
    @property
    def notify(self) -> str | None: ...
    @property
    def pinned_at(self) -> datetime | None: ...
    @property
    def archived_at(self) -> datetime | None: ...
    @property
    def unread_mark(self) -> bool | None: ...
    @property
    def cleared_seq(self) -> int | None: ...
    @property
    def state_rev(self) -> int | None: ...


def conversation_json(conversation: ConversationFields) -> dict[str, Any]:
    """The shape for everybody who may see the conversation; it does not depend on the viewer.

    The title is called `name` in JSON. A direct conversation has none: clients show the other
    person's name.
    """
    created_by = conversation.created_by_id
    return {
        "id": str(conversation.pk),
        "kind": conversation.kind,
        "isGroup": conversation.kind != Conversation.Kind.DIRECT,
        "name": conversation.title,
        "topic": conversation.topic,
        "pictureUrl": picture_url(conversation.pk, conversation.picture_id),
        "createdById": created_by and str(created_by),
        "createdAt": rfc3339(conversation.created_at),
        "memberCount": conversation.member_count,
        "history": conversation.history,
        "openFromSeq": conversation.open_from_seq,
        "isLocked": conversation.locked_at is not None,
    }


def picture_url(conversation_id: UUID | str, picture_id: UUID | str | None) -> str | None:
    """Another one for each picture, so that a browser may keep what it has loaded."""
    if not picture_id:
        return None
    return f"/v1/conversations/{conversation_id}/picture?v={str(picture_id)[-12:]}"


def participant_json(period: Participant) -> dict[str, Any]:
    user = period.user
    return participant_shape(period.user_id, user.name, user.is_bot, period.role, period.joined_at)


def participant_shape(
    user_id: UUID, name: str, is_bot: bool, role: str, joined_at: datetime
) -> dict[str, Any]:
    return {
        "userId": str(user_id),
        "name": name,
        "isBot": is_bot,
        "role": role,
        "joinedAt": rfc3339(joined_at),
    }


def ban_json(ban: Ban) -> dict[str, Any]:
    return {
        "userId": str(ban.user_id),
        "name": ban.user.name,
        "bannedById": str(ban.banned_by_id),
        "reason": ban.reason,
        "createdAt": rfc3339(ban.created_at),
    }


def own_state_json(period: OwnStateFields) -> dict[str, Any]:
    """The own state of a conversation, without the pointers, which have their own answers."""
    return {
        "mutedUntil": rfc3339_or_none(period.muted_until),
        "notify": period.notify,
        "pinnedAt": rfc3339_or_none(period.pinned_at),
        "archivedAt": rfc3339_or_none(period.archived_at),
        "unreadMark": period.unread_mark,
        "clearedSeq": period.cleared_seq,
        "stateRev": period.state_rev,
    }
