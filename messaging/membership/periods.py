"""Opens and ends membership periods, and keeps an owner in every conversation.

A period that does not open the past starts with the system message of the joining, and every period
ends with that of the leaving: the person sees both. Older messages count as read.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F

from accounts.models import User
from chatproject.core.errors import FieldError, InvalidInput
from conversations.models import Conversation, Participant
from messaging.inbox.entries import place_members, remove_member
from messaging.log import Log
from messaging.membership.events import (
    announce_joined,
    announce_left,
    announce_roles,
    notify_joined,
    notify_left,
    record_membership_change,
)

NO_REVS: Mapping[UUID, int] = {}


def open_periods(
    log: Log,
    people: Sequence[User],
    *,
    by: UUID,
    event: str,
    role: str = Participant.Role.MEMBER,
    state_revs: Mapping[UUID, int] = NO_REVS,
    **fields: Any,
) -> list[Participant]:
    """Adds people who are locked (`lock_active_people`), neither members nor banned.

    `state_revs` continue those of former periods, so that no device sees one go back.
    """
    head = log.conversation
    before = head.last_seq
    change = record_membership_change(log, event, by=by, members=len(people), **fields)
    opens_past = head.history == Conversation.History.EVERYTHING
    periods = Participant.objects.bulk_create(
        new_period(
            head,
            person,
            role=role,
            joined_at=change.at,
            from_seq=head.open_from_seq if opens_past else before + 1,
            opened_rev=head.last_rev,
            last_read_seq=before,
            last_delivered_seq=before,
            state_rev=state_revs.get(person.pk, 0),
        )
        for person in people
    )
    place_members(head.pk, [person.pk for person in people])
    if change.in_log:
        announce_joined(log, periods)
    for person in people:
        notify_joined(log, person.pk)
    return periods


def new_period(conversation: Conversation, person: User, **fields: Any) -> Participant:
    """An unsaved period. Every field has a plain value, so that many are inserted as arrays."""
    return Participant(
        conversation=conversation, user=person, left_title="", left_topic="", **fields
    )


def end_period(log: Log, period: Participant, *, by: UUID, event: str, **fields: Any) -> None:
    """Ends a period, by the person or another one, and finds a new owner if the last one left."""
    head = log.conversation
    change = record_membership_change(log, event, by=by, members=-1, **fields)
    period.left_at = change.at
    period.to_seq, period.to_rev = head.last_seq, head.last_rev
    period.left_title, period.left_topic = head.title, head.topic
    period.removed_by_id = None if by == period.user_id else by
    period.save(
        update_fields=["left_at", "to_seq", "to_rev", "left_title", "left_topic", "removed_by"]
    )
    remove_member(head.pk, period.user_id)
    if change.in_log:
        announce_left(log, period.user_id)
    notify_left(log, period.user_id, to_seq=head.last_seq)
    if period.role == Participant.Role.OWNER:
        ensure_owner(log)


# The roles in alphabetical order are in the order of succession: admin, member.
_ORDER = (F("user__is_active").desc(), "role", "joined_at", "pk")


def ensure_owner(log: Log) -> None:
    """If no owner is left, the longest-serving admin, else member, becomes owner; logs it."""
    inside = Participant.objects.open().filter(conversation=log.conversation)
    if inside.filter(role=Participant.Role.OWNER).exists():
        return
    heir = inside.select_related("user").order_by(*_ORDER).first()
    if heir is not None:
        heir.role = Participant.Role.OWNER
        heir.save(update_fields=["role"])
        log.append_system(
            "conversation.owner_changed", by=None, members=0, userId=str(heir.user_id)
        )
        announce_roles(log, [heir])


# FOR SHARE waits for a concurrent closing of an account, which leaves every conversation, and then
# sees the account closed.
_PEOPLE = """
SELECT id, name, is_bot FROM accounts_user
WHERE id = ANY(%s::uuid[]) AND is_active ORDER BY id FOR SHARE
"""


def lock_active_people(user_ids: Collection[UUID]) -> dict[UUID, User]:
    """Locks people until the transaction ends; raises InvalidInput that names unknown ones."""
    people = {person.pk: person for person in User.objects.raw(_PEOPLE, [list(user_ids)])}
    if missing := [each for each in user_ids if each not in people]:
        raise InvalidInput(
            errors=[
                FieldError(
                    field="memberIds", code="unknown_person", detail=f"There is no person {each}."
                )
                for each in missing
            ]
        )
    return people
