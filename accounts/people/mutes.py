"""Taking away somebody's voice on the whole server, for a time or for good."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.audit.audit_log import record
from accounts.errors import NotMuted
from accounts.models import Mute, User
from accounts.people.suspensions import lock_governed
from chatproject.core.errors import InvalidInput
from chatproject.core.times import rfc3339_or_none


@transaction.atomic
def mute_person(
    *, person_id: UUID, by: User, reason: str = "", ends_at: datetime | None = None
) -> Mute:
    """The person reads on and cannot post until `ends_at`, or for ever with None.

    A second one takes the place of the first. Raises PersonNotFound, StaffProtected, or
    InvalidInput for oneself and for an end that is past.
    """
    person = lock_governed(person_id, by)
    if ends_at is not None and ends_at <= timezone.now():
        raise InvalidInput.of("endsAt", "The end has to be in the future.", "past")
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
    """Raises PersonNotFound, StaffProtected, NotMuted, InvalidInput for oneself."""
    person = lock_governed(person_id, by)
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
