"""What the tests of membership look at: the log, the periods, and what can be seen."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.models import User
from chatproject.core.errors import Refusal
from conversations.models import Conversation, Participant
from conversations.visibility import visibility_of
from messaging.models import Message

Place = Conversation | UUID


def id_of(place: Place) -> UUID:
    return place if isinstance(place, UUID) else place.pk


def log_of(place: Place) -> list[dict[str, Any]]:
    """The system messages in order, each as its `meta` with `by`, `seq` and `rev`."""
    rows = Message.objects.filter(conversation=id_of(place), kind="system").order_by("seq")
    return [
        {**(row.meta or {}), "by": row.sender_id, "seq": row.seq, "rev": row.rev} for row in rows
    ]


def events_of(place: Place) -> list[str]:
    return [entry["event"] for entry in log_of(place)]


def period_of(place: Place, person: User) -> Participant:
    """The open period of the person."""
    return Participant.objects.open().get(conversation=id_of(place), user=person)


def last_period_of(place: Place, person: User) -> Participant:
    periods = Participant.objects.filter(conversation=id_of(place), user=person)
    return periods.order_by("joined_at").last()  # type: ignore[return-value]


def is_inside(place: Place, person: User) -> bool:
    return Participant.objects.open().filter(conversation=id_of(place), user=person).exists()


def roles_of(place: Place) -> dict[str, str]:
    """Name and role of who is inside."""
    inside = Participant.objects.open().filter(conversation=id_of(place))
    return dict(inside.values_list("user__name", "role"))


def visible_to(place: Place, person: User) -> list[int]:
    rows = Message.objects.within(visibility_of(id_of(place), person.pk)).order_by("seq")
    return list(rows.values_list("seq", flat=True))


def unread_of(place: Place, person: User) -> int:
    """By a COUNT: what is visible behind the pointer, by others, and neither system nor deleted."""
    period = period_of(place, person)
    rows = Message.objects.within(visibility_of(id_of(place), person.pk)).after(
        period.last_read_seq
    )
    counted = rows.exclude(sender=person).exclude(kind="system").filter(deleted_at=None)
    return counted.count()


def head_of(place: Place) -> Conversation:
    """The row as it stands, after checking that its count of people is right."""
    conversation = Conversation.objects.get(pk=id_of(place))
    inside = Participant.objects.open().filter(conversation=conversation).count()
    assert conversation.member_count == inside
    return conversation


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What each action gave, or the refusal that it raised, all begun in the same moment.

    Of more than the connection pool holds, the last take over the connections of the first.
    """
    start = Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return action()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
