"""Searches the messages of the whole server for the admin, at a bounded cost, newest first.

A search first takes a bounded number of candidates by an index (of a conversation, of a person, or
of all messages, within a time range) and then filters by kind, text and permission. The id of a
message starts with its time, so a time range is a range of ids. Of more than CANDIDATES only the
newest are searched (of a person: any); a narrower time range leads further back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import User
from conversations.models import Conversation, Participant
from messaging.models import Message
from messaging.moderation.access import READABLE

CANDIDATES = 10_000  # of a search by kind, text, person or conversation
NEWEST = 2_000  # of a search without any of them

# The candidates are a subquery, so that the other conditions read only them.
_FIND = """
SELECT m.id FROM ({candidates}) AS m
JOIN conversations_conversation c ON c.id = m.conversation_id
WHERE (%s = '' OR strpos(lower(m.body), lower(%s)) > 0) AND (%s = '' OR m.kind = %s)
  AND (%s OR {readable})
ORDER BY m.id DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Query:
    """`subject` names a conversation, a message or a person: by id, email or whole name."""

    subject: str = ""
    text: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


def find_messages(query: Query, *, sees_all: bool, limit: int) -> list[UUID]:
    """The ids of the matching messages, newest first.

    Without `sees_all` those that a moderator may read: the rule is `access.READABLE`.
    """
    rows = _candidates(query).values("id", "conversation_id", "seq", "kind", "body")
    try:
        candidates, given = rows.query.sql_with_params()
    except EmptyResultSet:  # no such person
        return []
    asked: list[Any] = [query.text, query.text, query.kind, query.kind, sees_all, limit]
    with connection.cursor() as cursor:
        cursor.execute(_FIND.format(candidates=candidates, readable=READABLE), [*given, *asked])
        return [row[0] for row in cursor.fetchall()]


def _candidates(query: Query) -> QuerySet[Message]:
    """At most CANDIDATES messages."""
    found: QuerySet[Message]
    within = Message.objects.filter(_between(query.since, query.until))
    key = uuid_or_none(query.subject)
    if not query.subject:
        is_plain = not (query.text or query.kind)
        return within.order_by("-pk")[: NEWEST if is_plain else CANDIDATES]
    if key is not None and Conversation.objects.filter(pk=key).exists():
        found = within.filter(conversation=key).order_by("-seq")
    elif key is not None and Message.objects.filter(pk=key).exists():
        found = within.filter(pk=key)
    else:
        found = _sent_by(within, people_named(query.subject))
    return found[:CANDIDATES]


def _between(since: datetime | None, until: datetime | None) -> Q:
    found = Q()
    if since is not None:
        found &= Q(pk__gte=_first_id(since))
    if until is not None:
        found &= Q(pk__lt=_first_id(until))
    return found


def _first_id(at: datetime) -> UUID:
    """The lowest UUIDv7 of that millisecond."""
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)


def _sent_by(within: QuerySet[Message], people: list[UUID]) -> QuerySet[Message]:
    """The messages of these people, by their conversations: no index starts with a sender.

    Every message of a person has a `client_id`, and the partial index in use covers only those.
    """
    periods = Participant.objects.filter(user__in=people).values("conversation")
    return within.filter(sender__in=people, conversation__in=periods, client_id__isnull=False)


def people_named(term: str) -> list[UUID]:
    key = uuid_or_none(term)
    named = Q(pk=key) if key else Q(email=term.lower()) | Q(name=term)
    return list(User.objects.filter(named).values_list("pk", flat=True)[:100])


def uuid_or_none(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None
