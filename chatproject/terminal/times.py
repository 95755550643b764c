"""Times as one types them: in twenty minutes, at half past nine, on a day."""

import re
from datetime import datetime, timedelta

from chatproject.terminal.usage import Wrong

_SPAN = re.compile(r"([1-9]\d{0,4})(m|h|d)", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
FORMS = "20m, 2h, 3d, 9:30, or 2026-01-31T09:30"


def time_in(text: str, now: datetime) -> datetime:
    """The moment after `now`, which has a time zone, that is the typed one's too. Raises Wrong.

    A time of day is that of today, or of tomorrow once it is past.
    """
    if span := _SPAN.fullmatch(text):
        return now + timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        if clock := _CLOCK.fullmatch(text):
            at = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
            return at if at > now else at + timedelta(days=1)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(f"When? Such as {FORMS}.") from None
    return at if at.tzinfo else at.replace(tzinfo=now.tzinfo)
