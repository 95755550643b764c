"""Finding messages on the whole server, at a bounded price, newest first.

Every search first takes a bounded number of candidates by an index (of a conversation, of a person,
or of the whole log, within a stretch of time) and only then looks at kinds, texts and rights. The
id of a message begins with its time, so that a stretch of time is a range of ids. Of more than
CANDIDATES the newest count (of a person: any), and narrowing the time leads further back.
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

CANDIDATES = 10_000  # when a kind, a text, a person or a place is asked for
NEWEST = 2_000  # when nothing is

# The candidates are a table of their own here, so that whatever else is asked reads them alone.
_FIND = """
SELECT m.id FROM ({candidates}) AS m
JOIN conversations_conversation c ON c.id = m.conversation_id
WHERE (%s = '' OR strpos(lower(m.body), lower(%s)) > 0) AND (%s = '' OR m.kind = %s)
  AND (%s OR {readable})
ORDER BY m.id DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Query:
    """`place` names a conversation, a message or a person: by id, email or whole name."""

    place: str = ""
    text: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


def find_messages(query: Query, *, sees_all: bool, limit: int) -> list[UUID]:
    """The ids of those that fit, newest first.

    Without `sees_all` those that a moderator may read: the rule is `access.READABLE`.
    """
    rows = _candidates(query).values("id", "conversation_id", "seq", "kind", "body")
    try:
        candidates, given = rows.query.sql_with_params()
    except EmptyResultSet:  # Django sees that nobody is named
        return []
    asked: list[Any] = [query.text, query.text, query.kind, query.kind, sees_all, limit]
    with connection.cursor() as cursor:
        cursor.execute(_FIND.format(candidates=candidates, readable=READABLE), [*given, *asked])
        return [row[0] for row in cursor.fetchall()]


def _candidates(query: Query) -> QuerySet[Message]:
    """At most CANDIDATES messages."""
    found: QuerySet[Message]
    within = Message.objects.filter(_between(query.since, query.until))
    key = uuid_or_none(query.place)
    if not query.place:
        is_plain = not (query.text or query.kind)
        return within.order_by("-pk")[: NEWEST if is_plain else CANDIDATES]
    if key is not None and Conversation.objects.filter(pk=key).exists():
        found = within.filter(conversation=key).order_by("-seq")
    elif key is not None and Message.objects.filter(pk=key).exists():
        found = within.filter(pk=key)
    else:
        found = _by(within, people_named(query.place))
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


def _by(within: QuerySet[Message], people: list[UUID]) -> QuerySet[Message]:
    """By way of their conversations, since no index of the log begins with a person.

    `client_id` is there for whatever a person sent, and the index that is used knows nothing else.
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
