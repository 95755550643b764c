"""Times on the wire: RFC 3339 in UTC with microseconds; and time zones by name."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo


def rfc3339(moment: datetime) -> str:
    """`2026-01-31T09:30:00.000001Z`; the moment must be aware."""
    text = moment.isoformat(timespec="microseconds")
    if not text.endswith("+00:00"):
        text = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return text[:-6] + "Z"


def rfc3339_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def parse_rfc3339(text: str) -> datetime:
    """Parses a time of a client; raises ValueError when it is invalid or has no offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset, such as Z")
    return moment


def zone_of(name: str) -> tzinfo:
    """The time zone with this IANA name; UTC where it is empty or unknown here."""
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):
        return UTC
