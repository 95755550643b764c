"""Do not disturb: when the person's devices show no notifications. Messages come all the same."""

from datetime import datetime, time, timedelta
from typing import NamedTuple

from django.utils import timezone

from accounts.events import announce_state
from accounts.models import User
from chatproject.core.errors import FieldError, InvalidInput

LONGEST = timedelta(days=366)


class QuietHours(NamedTuple):
    """Of each day in the person's time zone; past midnight where `ends` is the earlier."""

    starts: time
    ends: time


def set_quiet_hours(*, user: User, hours: QuietHours | None) -> User:
    """Sets the hours of each day, or with None none. Raises InvalidInput for an empty span."""
    if hours is not None and hours.starts == hours.ends:
        detail = "The two times must differ."
        error = FieldError(field="quietHours", code="empty", detail=detail)
        raise InvalidInput(detail, errors=[error])
    user.quiet_from, user.quiet_until = hours or (None, None)
    user.save(update_fields=["quiet_from", "quiet_until"])
    announce_state(user.pk, "profile")
    return user


def pause_notifications(*, user: User, until: datetime | None) -> User:
    """Shows none until then; None ends it. Raises InvalidInput for a time that is past or more than
    a year away."""
    now = timezone.now()
    if until is not None and not now < until <= now + LONGEST:
        code = "past" if until <= now else "too_far"
        raise InvalidInput.of("until", "It has to be in the future, and within a year.", code)
    user.quiet_all_until = until
    user.save(update_fields=["quiet_all_until"])
    announce_state(user.pk, "profile")
    return user
