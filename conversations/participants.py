"""Lists and reads the participants of a conversation, and its bans."""

from typing import Any
from uuid import UUID

from chatproject.core.db.readings import Steps, query, read, reading
from chatproject.core.db.statements import big, statement
from chatproject.core.text_folding import fold
from conversations.errors import NotAParticipant, ParticipantNotFound
from conversations.models import Ban, Participant
from conversations.permissions import Right, standing_of
from conversations.visibility import sql, visibility_of
from conversations.wire import ban_json, participant_json, participant_shape

# In the order of an index, however many they are.
INSIDE = statement(
    """
    SELECT p.user_id, u.name, u.is_bot, p.role, p.joined_at
    FROM conversations_participant p JOIN accounts_user u ON u.id = p.user_id
    WHERE p.conversation_id = %(conversation)s AND {is_open} AND p.user_id > %(after)s
      AND (%(role)s::text IS NULL OR p.role = %(role)s)
      AND (%(part)s::text IS NULL OR strpos(fold_name(u.name), %(part)s) > 0)
    ORDER BY p.user_id LIMIT %(limit)s
    """,
    is_open=sql.is_open(),
)
BEFORE_ALL = UUID(int=0)


@reading
def list_participants(
    *,
    conversation_id: UUID,
    viewer_id: UUID,
    name_part: str | None = None,
    role: str | None = None,
    after: UUID | None = None,
    limit: int,
) -> Steps[list[dict[str, Any]]]:
    """The members, in order of their ids, after the id `after`.

    Raises ConversationNotFound, and NotAParticipant if the viewer left or was removed.
    """
    yield from _require_live_view(conversation_id, viewer_id)
    rows = yield from query(
        INSIDE,
        {
            "conversation": conversation_id,
            "after": after or BEFORE_ALL,
            "role": role,
            "part": None if name_part is None else fold(name_part),
            "limit": big(limit),
        },
    )
    return [participant_shape(*row) for row in rows]


def get_participant(*, conversation_id: UUID, viewer_id: UUID, user_id: UUID) -> dict[str, Any]:
    """Raises as `list_participants` does, and ParticipantNotFound."""
    read(_require_live_view(conversation_id, viewer_id))
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
    """The bans, in order of the banned people's ids, after the id `after`.

    Raises ConversationNotFound, NotAParticipant, DirectIsFixed, AdminRightMissing.
    """
    visibility = visibility_of(conversation_id, viewer_id)
    standing_of(visibility.conversation, viewer_id).require(Right.BAN_PEOPLE)
    bans = Ban.objects.filter(conversation=conversation_id)
    if after is not None:
        bans = bans.filter(user__gt=after)
    page = bans.select_related("user").order_by("user_id")[:limit]
    return [ban_json(ban) for ban in page]


def _require_live_view(conversation_id: UUID, viewer_id: UUID) -> Steps[None]:
    """Members, and readers of a public conversation, may see who is in it."""
    visibility = yield from visibility_of.steps(conversation_id, viewer_id)
    if visibility.participant is None and not visibility.is_live:
        raise NotAParticipant
