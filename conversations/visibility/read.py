"""Reading what one person may see of conversations, in one statement."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db import models

from chatproject.core.db.model_rows import model_of_row
from chatproject.core.db.readings import Steps, all_rows, query, reading
from chatproject.core.db.statements import statement
from conversations.errors import ConversationNotFound
from conversations.models import Conversation, Participant
from conversations.visibility import sql
from conversations.visibility.rule import Visibility, make_visibility


def _concrete(model: type[models.Model]) -> Sequence[Any]:
    return model._meta.concrete_fields  # noqa: SLF001 (documented by Django)


def _columns(model: type[models.Model], alias: str) -> str:
    return ", ".join(f"{alias}.{field.column}" for field in _concrete(model))


_HEAD_FIELDS = [field.attname for field in _concrete(Conversation)]
_PERIOD_FIELDS = [field.attname for field in _concrete(Participant)]
_WIDTH = len(_HEAD_FIELDS)


# OFFSET makes PostgreSQL look up the periods by conversation; otherwise it would read all periods
# of the person, even for a few conversations.
_VISIBILITY = """
SELECT {head}, {period}, c.kind = 'public' AND {banned}
FROM conversations_conversation c
LEFT JOIN LATERAL (
    SELECT * FROM conversations_participant
    WHERE conversation_id = {conversation} AND user_id = %(user)s OFFSET 0) p ON true
WHERE {wanted} AND (p.id IS NOT NULL OR c.kind = 'public')
ORDER BY p.joined_at
"""


def _statement(conversation: str, wanted: str) -> str:
    return statement(
        _VISIBILITY,
        head=_columns(Conversation, "c"),
        period=_columns(Participant, "p"),
        conversation=conversation,
        banned=sql.is_banned(conversation, "%(user)s"),
        wanted=wanted,
    )


_OF_ONE = _statement(sql.CONVERSATION, f"c.id = {sql.CONVERSATION}")
_OF_MANY = _statement("c.id", "c.id = ANY(ARRAY(SELECT unnest(%(ids)s::uuid[])))")


@reading
def visibility_of(conversation_id: UUID, user_id: UUID) -> Steps[Visibility]:
    """What the person may see of the conversation; one query.

    Raises ConversationNotFound when they may not know that it exists.
    """
    rows = yield from query(_OF_ONE, {"user": user_id, "conversation": conversation_id})
    visibility = _from_rows(user_id, rows).get(conversation_id)
    if visibility is None:
        raise ConversationNotFound
    return visibility


@reading
def visibilities_of(
    user_id: UUID, conversation_ids: Collection[UUID]
) -> Steps[dict[UUID, Visibility]]:
    """The visibilities by conversation id, of those that the person may know of; one query."""
    if not conversation_ids:
        return {}
    asked = {"user": user_id, "ids": list(conversation_ids)}
    rows = yield from query(_OF_MANY, asked, merge=all_rows)
    return _from_rows(user_id, rows)


def _from_rows(user_id: UUID, rows: Sequence[Sequence[Any]]) -> dict[UUID, Visibility]:
    """The rows have all periods of the person, oldest first."""
    heads: dict[UUID, tuple[Conversation, bool]] = {}
    periods: defaultdict[UUID, list[Participant]] = defaultdict(list)
    for *columns, is_banned in rows:
        conversation_id = columns[0]
        if conversation_id not in heads:
            head = model_of_row(Conversation, _HEAD_FIELDS, columns)
            heads[conversation_id] = head, is_banned
        if columns[_WIDTH] is not None:
            period = model_of_row(Participant, _PERIOD_FIELDS, columns[_WIDTH:])
            periods[conversation_id].append(period)
    found = (
        make_visibility(head, user_id, periods[head.pk], is_banned=is_banned)
        for head, is_banned in heads.values()
    )
    return {it.conversation.pk: it for it in found if it.last_period or it.spans}
