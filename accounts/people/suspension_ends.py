"""Suspensions that end by themselves, at the first log-in after it or with the periodic sweep."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from accounts.audit.audit_log import record
from accounts.models import Suspension, User


@transaction.atomic
def lift_ended_suspensions(*, user_id: UUID | None = None) -> int:
    """Lets back in all whose suspension is over, or this one person; how many they were."""
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
    # Who closed the account meanwhile stays closed.
    people = User.objects.filter(pk__in=[each.user_id for each in ended], deactivated_at=None)
    people.update(is_active=True)
    return len(ended)
