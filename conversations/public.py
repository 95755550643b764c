"""Finding public conversations."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from chatproject.core.db.fold_name import FoldName
from chatproject.core.text_folding import fold
from chatproject.core.times import rfc3339_or_none
from conversations.models import Conversation, Participant
from conversations.querysets import ConversationQuerySet
from conversations.wire import conversation_json


class PublicSort(StrEnum):
    """By title from A to Z; by how many are in, most first; by the last message, newest first."""

    NAME = "name"
    PEOPLE = "people"
    ACTIVITY = "activity"


class Place(NamedTuple):
    """Where a page of the list ended: what its last row is sorted by (a title, a number of people,
    a moment), and the row's id."""

    value: str | int | datetime
    id: UUID


class _Order(NamedTuple):
    """What a sort orders by, what comes after a place, and a row's place in it."""

    fields: tuple[str, str]
    beyond: Callable[[Place], Q]
    value: Callable[[Conversation], str | int | datetime]


def _after(place: Place) -> Q:
    beyond = Q(title__gt=place.value) | Q(title=place.value, pk__gt=place.id)
    return beyond & Q(title__gte=place.value)  # a bound that the index can begin at


def _below(field: str) -> Callable[[Place], Q]:
    def beyond(place: Place) -> Q:
        same = Q(**{field: place.value}, pk__lt=place.id)
        return Q(**{f"{field}__lt": place.value}) | same

    return beyond


# The first follows the index `public_by_title`. The others sort what is public: an index over the
# last message would have every message written into it.
_ORDERS = {
    PublicSort.NAME: _Order(("title", "pk"), _after, lambda it: it.title),
    PublicSort.PEOPLE: _Order(
        ("-member_count", "-pk"), _below("member_count"), lambda it: it.member_count
    ),
    PublicSort.ACTIVITY: _Order(
        ("-active_at", "-pk"), _below("active_at"), lambda it: it.last_message_at or it.created_at
    ),
}


class PublicPage(NamedTuple):
    """Conversations as JSON, and the place to go on from, None when nothing is left."""

    rows: list[dict[str, Any]]
    end: Place | None


def find_public(
    *,
    user_id: UUID,
    title_part: str | None = None,
    sort: PublicSort = PublicSort.NAME,
    after: Place | None = None,
    limit: int,
) -> PublicPage:
    """The next `limit` public conversations, without those that ban one. Two queries.

    Each is the shared shape with `joined` and `lastMessageAt` beside it. A part of a title is found
    by its trigrams.
    """
    order = _ORDERS[sort]
    found: QuerySet[Conversation] = _matching(user_id, title_part)
    if after is not None:
        found = found.filter(order.beyond(after))
    rows = list(found.order_by(*order.fields)[: limit + 1])
    page = rows[:limit]
    periods = Participant.objects.open().filter(user=user_id, conversation__in=page)
    joined = set(periods.values_list("conversation_id", flat=True))
    end = Place(order.value(page[-1]), page[-1].pk) if len(rows) > limit else None
    return PublicPage([_json(it, it.pk in joined) for it in page], end)


def _matching(user_id: UUID, title_part: str | None) -> ConversationQuerySet:
    found = Conversation.objects.open_to(user_id)
    found = found.alias(active_at=Coalesce(F("last_message_at"), F("created_at")))
    if title_part is None:
        return found
    folded = FoldName("title")
    return found.alias(folded=folded).filter(folded__contains=fold(title_part))


def _json(conversation: Conversation, joined: bool) -> dict[str, Any]:
    return {
        **conversation_json(conversation),
        "joined": joined,
        "lastMessageAt": rfc3339_or_none(conversation.last_message_at),
    }
