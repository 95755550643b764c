"""Suspends people and reinstates them: acts of a moderator, and ends that come by time."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.audit.audit_log import record
from accounts.auth.api_tokens import end_tokens_of_bots
from accounts.auth.sign_ins import end_all_sign_ins
from accounts.errors import NotSuspended, PersonNotFound, StaffProtected
from accounts.models import Suspension, User
from chatproject.core.errors import InvalidInput
from chatproject.core.times import rfc3339_or_none


@transaction.atomic
def suspend_person(
    *, person_id: UUID, by: User, reason: str = "", ends_at: datetime | None = None
) -> Suspension:
    """Ends all sign-ins of a person and refuses new ones until `ends_at`.

    With None the suspension lasts until somebody lifts it. A second one replaces the first. Raises
    PersonNotFound (also for a closed account), StaffProtected, or InvalidInput for oneself and for
    an end that is past.
    """
    person = lock_person_under(person_id, by)
    if ends_at is not None and ends_at <= timezone.now():
        raise InvalidInput.of("endsAt", "The end must be in the future.", "past")
    former = _lift(person)
    suspension = Suspension.objects.create(user=person, by=by, reason=reason, ends_at=ends_at)
    User.objects.filter(pk=person.pk).update(is_active=False)
    end_all_sign_ins(user_id=person.pk)
    end_tokens_of_bots(made_by=person.pk)
    record(
        by=by,
        action="person.suspended",
        subject=person,
        reason=reason,
        before=_state(person.is_active, former),
        after=_state(False, suspension),
    )
    return suspension


@transaction.atomic
def reinstate_person(*, person_id: UUID, by: User, reason: str = "") -> None:
    """Lets the person log in again. Raises PersonNotFound, StaffProtected, NotSuspended,
    InvalidInput for oneself."""
    person = lock_person_under(person_id, by)
    former = _lift(person)
    if former is None:
        raise NotSuspended
    User.objects.filter(pk=person.pk).update(is_active=True)
    record(
        by=by,
        action="person.reinstated",
        subject=person,
        reason=reason,
        before=_state(False, former),
        after=_state(True, None),
    )


@transaction.atomic
def lift_ended_suspensions(*, user_id: UUID | None = None) -> int:
    """Reactivates everybody whose suspension has ended, or this one person; returns how many.

    Called by each log-in of a suspended person and by the periodic task.
    """
    over = Suspension.objects.filter(lifted_at=None, ends_at__lte=Now())
    if user_id is not None:
        over = over.filter(user=user_id)
    ended = list(over.select_for_update(skip_locked=user_id is None).order_by("id"))
    for suspension in ended:
        record(
            by=None,
            action="person.reinstated",
            subject=suspension.user,
            reason="The suspension is over.",
            before={"isActive": False},
            after={"isActive": True},
        )
    Suspension.objects.filter(pk__in=[each.pk for each in ended]).update(lifted_at=Now())
    # An account that was closed meanwhile stays closed.
    people = User.objects.filter(pk__in=[each.user_id for each in ended], deactivated_at=None)
    people.update(is_active=True)
    return len(ended)


def lock_person_under(person_id: UUID, by: User) -> User:
    """Locks the row of a person over whom `by` has authority.

    Raises PersonNotFound, StaffProtected when the person is staff and `by` is no administrator,
    InvalidInput for oneself.
    """
    if person_id == by.pk:
        raise InvalidInput.of("userId", "Nobody does this to oneself.", "oneself")
    rows = User.objects.filter(pk=person_id, deactivated_at=None)
    person: User | None = rows.select_for_update(no_key=True).first()
    if person is None:
        raise PersonNotFound
    if (person.is_staff or person.is_superuser) and not by.is_superuser:
        raise StaffProtected
    return person


def _lift(person: User) -> Suspension | None:
    """Ends the current suspension and returns it as it was."""
    lasting = Suspension.objects.filter(user=person, lifted_at=None)
    former = lasting.first()
    lasting.update(lifted_at=Now())
    return former


def _state(is_active: bool, suspension: Suspension | None) -> dict[str, object]:
    ends_at = rfc3339_or_none(suspension.ends_at) if suspension else None
    return {"isActive": is_active, "endsAt": ends_at}
