"""Mutes people on the whole server: a muted person reads and cannot post."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.audit.audit_log import record
from accounts.errors import NotMuted
from accounts.models import Mute, User
from accounts.people.suspensions import lock_person_under
from chatproject.core.errors import InvalidInput
from chatproject.core.times import rfc3339_or_none


@transaction.atomic
def mute_person(
    *, person_id: UUID, by: User, reason: str = "", ends_at: datetime | None = None
) -> Mute:
    """Stops a person from posting until `ends_at`, or until `unmute_person` with None.

    A second mute replaces the first. Raises PersonNotFound, StaffProtected, or InvalidInput for
    oneself and for an end in the past.
    """
    person = lock_person_under(person_id, by)
    if ends_at is not None and ends_at <= timezone.now():
        raise InvalidInput.of("endsAt", "The end must be in the future.", "past")
    former = Mute.objects.filter(user=person).first()
    mute, _ = Mute.objects.update_or_create(
        user=person,
        defaults={"by": by, "reason": reason, "ends_at": ends_at, "created_at": timezone.now()},
    )
    record(
        by=by,
        action="person.muted",
        subject=person,
        reason=reason,
        before=_state(former),
        after=_state(mute),
    )
    return mute


@transaction.atomic
def unmute_person(*, person_id: UUID, by: User, reason: str = "") -> None:
    """Ends the mute. Raises PersonNotFound, StaffProtected, NotMuted, InvalidInput for oneself."""
    person = lock_person_under(person_id, by)
    former = Mute.objects.filter(user=person).first()
    if former is None:
        raise NotMuted
    before = _state(former)
    former.delete()
    record(
        by=by,
        action="person.unmuted",
        subject=person,
        reason=reason,
        before=before,
        after=_state(None),
    )


def _state(mute: Mute | None) -> dict[str, object]:
    if mute is None:
        return {"isMuted": False}
    return {"isMuted": True, "endsAt": rfc3339_or_none(mute.ends_at)}
