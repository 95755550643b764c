"""Sights for reads: of many conversations at once, and such as still hold when the rows are there.

The rule is `conversations.visibility.sight_by`; here is only the reading of what it is asked with,
in one prepared statement, since this stands before every read.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID

from django.db import models

from chatproject.core.db.statements import fetch, statement
from conversations.errors import ConversationNotFound
from conversations.models import Conversation, Participant
from conversations.visibility import Sight, sight_by
from messaging.reads.message_rows import Shown, newest_rev

Kind = Conversation.Kind


def _concrete(model: type[models.Model]) -> Sequence[Any]:
    return model._meta.concrete_fields  # noqa: SLF001 (documented by Django)


def _columns(model: type[models.Model], alias: str) -> str:
    return ", ".join(f"{alias}.{field.column}" for field in _concrete(model))


def _fields(model: type[models.Model]) -> list[str]:
    return [field.attname for field in _concrete(model)]


HEAD_FIELDS, PERIOD_FIELDS = _fields(Conversation), _fields(Participant)
WIDTH = len(HEAD_FIELDS)
SIGHTS = statement(
    """
    SELECT {head}, {period},
           c.kind = 'public' AND EXISTS (
               SELECT FROM conversations_ban b
               WHERE b.conversation_id = c.id AND b.user_id = %(user)s)
    FROM conversations_conversation c
    LEFT JOIN conversations_participant p ON p.conversation_id = c.id AND p.user_id = %(user)s
    WHERE c.id = ANY(ARRAY(SELECT unnest(%(ids)s::uuid[])))
      AND (p.id IS NOT NULL OR c.kind = 'public')
    ORDER BY p.joined_at
    """,
    head=_columns(Conversation, "c"),
    period=_columns(Participant, "p"),
)


def sights_of(user_id: UUID, conversation_ids: Collection[UUID]) -> dict[UUID, Sight]:
    """What `conversations.visibility.see` gives, for those of the conversations that the person
    may know of; one query."""
    if not conversation_ids:
        return {}
    heads: dict[UUID, Conversation] = {}
    periods: defaultdict[UUID, list[Participant]] = defaultdict(list)
    shut_out: set[UUID] = set()
    for *columns, is_banned in fetch(SIGHTS, {"user": user_id, "ids": list(conversation_ids)}):
        conversation_id = columns[0]
        if conversation_id not in heads:
            heads[conversation_id] = Conversation.from_db("default", HEAD_FIELDS, columns[:WIDTH])
        if columns[WIDTH] is not None:
            period = Participant.from_db("default", PERIOD_FIELDS, columns[WIDTH:])
            periods[conversation_id].append(period)
        if is_banned:
            shut_out.add(conversation_id)
    sights = (
        _sight(head, user_id, periods[head.pk], is_banned=head.pk in shut_out)
        for head in heads.values()
    )
    return {s.conversation.pk: s for s in sights if s.last_period or s.spans}


def sight_of(conversation_id: UUID, user_id: UUID) -> Sight:
    """Raises ConversationNotFound when they may not know that it exists."""
    sight = sights_of(user_id, [conversation_id]).get(conversation_id)
    if sight is None:
        raise ConversationNotFound
    return sight


def look(
    conversation_id: UUID,
    user_id: UUID,
    read: Callable[[Sight], Sequence[Shown]],
    *,
    sight: Sight | None = None,
) -> tuple[Sight, Sequence[Shown]]:
    """The person's sight, and the messages that `read` finds by it; raises ConversationNotFound.

    The sight is read before the rows. Where a row is of a later rev, somebody may have left in
    between, who must not see it: then the sight is asked again, and the rows are read again unless
    it shows the same. A `sight` that was asked for a moment ago may be given.
    """
    sight = sight or sight_of(conversation_id, user_id)
    while True:
        rows = read(sight)
        if newest_rev(rows) <= sight.conversation.last_rev:
            return sight, rows
        again = sight_of(conversation_id, user_id)
        if again.spans == sight.spans:
            return sight, rows
        sight = again


def _sight(
    head: Conversation, user_id: UUID, periods: list[Participant], *, is_banned: bool
) -> Sight:
    inside = next((period for period in periods if period.left_at is None), None)
    reads_as_public = head.kind == Kind.PUBLIC and (inside is not None or not is_banned)
    return sight_by(head, user_id, periods, reads_as_public=reads_as_public)
