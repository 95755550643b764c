"""One's own saved messages, read by the visibility rule as it is at the time of reading."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.expressions import Value
from django.db.models.functions import Coalesce

from chatproject.core.api.json import dump
from chatproject.core.db.seek_pagination import Position, read_page
from chatproject.core.times import rfc3339, rfc3339_or_none
from conversations.visibility import visibilities_of
from messaging.models import Message, SavedMessage
from messaging.reads.messages import whole_messages
from messaging.reads.people import people_named

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
ORDER = ("-on_top_at", "-id")

Place = tuple[UUID, int]


class SavedPosition(NamedTuple):
    """The place in the list: first what one was reminded of, then the last saved."""

    on_top_at: datetime
    id: UUID


class SavedPage(NamedTuple):
    """A page as JSON, and the place to go on from; None where nothing is left."""

    results: list[dict[str, Any]]
    people: list[dict[str, Any]]
    end: SavedPosition | None


def list_saved(
    *, user_id: UUID, is_done: bool, after: SavedPosition | None = None, limit: int
) -> SavedPage:
    """The person's saved messages that are open, or done; as many as fit into an answer.

    `message` is null where the person does not see it any more.
    """
    rows = _ordered(SavedMessage.objects.filter(user=user_id, done_at__isnull=not is_done))
    position = after and Position(tuple(after))
    page = read_page(rows, ORDER, position=position or None, limit=limit)
    messages = _visible_messages(user_id, page.rows)
    results: list[dict[str, Any]] = []
    size = 0
    for saved in page.rows:
        shape = _shape(saved, messages.get((saved.conversation_id, saved.seq)))
        size += len(dump(shape))
        if results and size > settings.ANSWER_BYTES:
            break
        results.append(shape)
    is_last = len(results) == len(page.rows) and page.next is None
    end = None if is_last or not results else _position(page.rows[len(results) - 1])
    return SavedPage(results, people_named([each["message"] for each in results]), end)


def saved_json(saved: SavedMessage) -> dict[str, Any]:
    """The shape of one, with its message as its owner sees it."""
    messages = _visible_messages(saved.user_id, [saved])
    return _shape(saved, messages.get((saved.conversation_id, saved.seq)))


def _ordered(rows: QuerySet[SavedMessage]) -> QuerySet[SavedMessage]:
    return rows.annotate(on_top_at=Coalesce("reminded_at", Value(NEVER)))


def _position(saved: SavedMessage) -> SavedPosition:
    return SavedPosition(saved.reminded_at or NEVER, saved.pk)


def _shape(saved: SavedMessage, message: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "id": str(saved.pk),
        "conversationId": str(saved.conversation_id),
        "seq": saved.seq,
        "savedAt": rfc3339(saved.created_at),
        "remindAt": rfc3339_or_none(saved.remind_at),
        "remindedAt": rfc3339_or_none(saved.reminded_at),
        "doneAt": rfc3339_or_none(saved.done_at),
        "message": message,
    }


def _visible_messages(user_id: UUID, saved: Sequence[SavedMessage]) -> dict[Place, dict[str, Any]]:
    """The messages that the person sees now; two queries and two more for each conversation."""
    seqs: dict[UUID, list[int]] = {}
    for each in saved:
        seqs.setdefault(each.conversation_id, []).append(each.seq)
    found: dict[Place, dict[str, Any]] = {}
    for conversation_id, visibility in visibilities_of(user_id, seqs.keys()).items():
        shown = _shown(Message.objects.within(visibility).filter(seq__in=seqs[conversation_id]))
        for message in whole_messages(conversation_id, shown, viewer_id=user_id):
            found[conversation_id, message["seq"]] = message
    return found


def _shown(messages: QuerySet[Message]) -> list[int]:
    seqs: Iterable[int] = messages.values_list("seq", flat=True)
    return list(seqs)
