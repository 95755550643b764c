"""Who is in a conversation, and who is shut out of it."""

from typing import Any
from uuid import UUID

from chatproject.core.db.fold_name import FoldName
from chatproject.core.text_folding import fold
from conversations.errors import NotAParticipant, ParticipantNotFound
from conversations.models import Ban, Conversation, Participant
from conversations.permissions import Right, standing_of
from conversations.visibility import visibility_of
from conversations.wire import ban_json, participant_json


def list_participants(
    *,
    conversation_id: UUID,
    viewer_id: UUID,
    name_part: str | None = None,
    role: str | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[dict[str, Any]]:
    """Those inside, by person id after `after`: the order of an index, however many they are.

    Raises ConversationNotFound, and NotAParticipant for who left or was shut out.
    """
    _require_live_view(conversation_id, viewer_id)
    inside = Participant.objects.open().filter(conversation=conversation_id)
    if name_part is not None:
        folded = FoldName("user__name")
        inside = inside.alias(folded=folded).filter(folded__contains=fold(name_part))
    if role is not None:
        inside = inside.filter(role=role)
    if after is not None:
        inside = inside.filter(user__gt=after)
    page = inside.select_related("user").order_by("user_id")[:limit]
    return [participant_json(period) for period in page]


def get_participant(*, conversation_id: UUID, viewer_id: UUID, user_id: UUID) -> dict[str, Any]:
    """Raises as `list_participants` does, and ParticipantNotFound."""
    _require_live_view(conversation_id, viewer_id)
    period = (
        Participant.objects.open()
        .filter(conversation=conversation_id, user=user_id)
        .select_related("user")
        .first()
    )
    if period is None:
        raise ParticipantNotFound
    return participant_json(period)


def list_bans(
    *, conversation_id: UUID, viewer_id: UUID, after: UUID | None = None, limit: int
) -> list[dict[str, Any]]:
    """By person id after `after`.

    Raises ConversationNotFound, NotAParticipant, DirectIsFixed, AdminRightMissing.
    """
    visibility = visibility_of(conversation_id, viewer_id)
    standing_of(visibility.conversation, viewer_id).require(Right.BAN_PEOPLE)
    bans = Ban.objects.filter(conversation=conversation_id)
    if after is not None:
        bans = bans.filter(user__gt=after)
    page = bans.select_related("user").order_by("user_id")[:limit]
    return [ban_json(ban) for ban in page]


def _require_live_view(conversation_id: UUID, viewer_id: UUID) -> Conversation:
    """Who is in, or reads a public conversation, may know who else is."""
    visibility = visibility_of(conversation_id, viewer_id)
    if visibility.participant is None and not visibility.is_live:
        raise NotAParticipant
    return visibility.conversation
