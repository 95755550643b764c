"""What the filters of a query name: people, conversations, days. Wrong values are refused."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from uuid import UUID

from chatproject.core.db.statements import fetch, statement
from chatproject.core.errors import InvalidInput
from conversations.visibility import sql
from messaging.search.contract import Scope
from messaging.search.entries import FILE, IMAGE, LINK, REPLY, sender_word
from messaging.search.names import conversations_named, people_named
from messaging.search.query import Filter

SIGNS = {"file": FILE, "image": IMAGE, "link": LINK, "reply": REPLY}
HAS = ("file", "image", "link", "reaction")
IS = ("mine", "unread", "pinned", "reply")
ME = "me"
_UUID_LENGTH = 36

# Where both are inside now.
SHARED = statement(
    """
    SELECT DISTINCT p.conversation_id FROM conversations_participant p
    JOIN conversations_participant o ON o.conversation_id = p.conversation_id
    WHERE p.user_id = %(viewer)s AND {inside} AND o.user_id = ANY(%(people)s::uuid[]) AND {is_in}
    """,
    inside=sql.is_open("p"),
    is_in=sql.is_open("o"),
)
# The own direct conversations with these people, for `in:@name`.
DIRECT = statement(
    """
    SELECT DISTINCT p.conversation_id FROM conversations_participant p
    JOIN conversations_conversation c ON c.id = p.conversation_id AND c.kind = 'direct'
    JOIN conversations_participant o ON o.conversation_id = p.conversation_id
    WHERE p.user_id = %(viewer)s AND o.user_id = ANY(%(people)s::uuid[])
      AND (o.user_id <> p.user_id OR c.member_count = 1)
    """
)


@dataclass(slots=True)
class _Found:
    """What the filters have come to so far."""

    viewer_id: UUID
    zone: tzinfo
    signs: list[str] = field(default_factory=list)
    senders: list[str] | None = None
    no_signs: list[str] = field(default_factory=list)
    conversations: set[UUID] | None = None
    together: set[UUID] | None = None
    not_in: set[UUID] = field(default_factory=set)
    since: datetime | None = None
    until: datetime | None = None
    live: list[tuple[str, bool]] = field(default_factory=list)

    def scope(self) -> Scope:
        both = self.conversations
        if self.together is not None:
            both = self.together if both is None else both & self.together
        return Scope(
            viewer_id=self.viewer_id,
            conversations=None if both is None else sorted(both),
            not_in=sorted(self.not_in),
            signs=self.signs,
            any_of=[] if self.senders is None else [self.senders],
            no_signs=self.no_signs,
            since=self.since,
            until=self.until,
            live=self.live,
        )


def resolve(filters: Iterable[Filter], *, viewer_id: UUID, zone: tzinfo) -> Scope:
    """Filters of a kind: any of the people and conversations, all of the others.

    Raises InvalidInput that names the filter whose value is none.
    """
    found = _Found(viewer_id, zone)
    for each in filters:
        _APPLY[each.name](found, each)
    return found.scope()


def _from(found: _Found, each: Filter) -> None:
    words = [sender_word(user_id) for user_id in _people(found, each)]
    if each.is_negated:
        found.no_signs += words
    else:
        found.senders = [*(found.senders or ()), *words]


def _in(found: _Found, each: Filter) -> None:
    if each.value.startswith("@"):
        params = {"viewer": found.viewer_id, "people": _people(found, each)}
        ids = [row[0] for row in fetch(DIRECT, params)]
    else:
        key = _uuid(each.value)
        ids = [key] if key else conversations_named(found.viewer_id, each.value.removeprefix("#"))
    if not ids:
        raise _wrong(each, "You have no conversation with this name.", "unknown_conversation")
    if each.is_negated:
        found.not_in |= set(ids)
    else:
        found.conversations = (found.conversations or set()) | set(ids)


def _with(found: _Found, each: Filter) -> None:
    params = {"viewer": found.viewer_id, "people": _people(found, each)}
    shared = {row[0] for row in fetch(SHARED, params)}
    if each.is_negated:
        found.not_in |= shared
    else:
        found.together = shared if found.together is None else found.together & shared


def _has(found: _Found, each: Filter) -> None:
    _choose(found, each, HAS)


def _is(found: _Found, each: Filter) -> None:
    _choose(found, each, IS)


def _choose(found: _Found, each: Filter, choices: Sequence[str]) -> None:
    value = each.value.lower()
    if value not in choices:
        raise _wrong(each, f"It must be one of {', '.join(choices)}.", "unknown_choice")
    sign = sender_word(found.viewer_id) if value == "mine" else SIGNS.get(value)
    if sign is None:
        found.live.append((value, not each.is_negated))
    else:
        (found.no_signs if each.is_negated else found.signs).append(sign)


def _when(found: _Found, each: Filter) -> None:
    if each.is_negated:
        raise _wrong(each, "It cannot be negated.", "not_negatable")
    first, last = _days(each, datetime.now(found.zone).date())
    try:
        begins, ends = (_midnight(day, found.zone) for day in (first, last + timedelta(days=1)))
    except OverflowError:
        raise _wrong(each, "There is no such day.", "not_a_day") from None
    if each.name in ("on", "after"):
        since = begins if each.name == "on" else ends
        found.since = since if found.since is None else max(found.since, since)
    if each.name in ("on", "before"):
        until = ends if each.name == "on" else begins
        found.until = until if found.until is None else min(found.until, until)


_APPLY: dict[str, Callable[[_Found, Filter], None]] = {
    "from": _from,
    "in": _in,
    "with": _with,
    "has": _has,
    "is": _is,
    "before": _when,
    "after": _when,
    "on": _when,
}


def _people(found: _Found, each: Filter) -> list[UUID]:
    name = each.value.removeprefix("@")
    if name.lower() == ME:
        return [found.viewer_id]
    key = _uuid(name)
    people = [key] if key else people_named(found.viewer_id, name) if name else []
    if not people:
        raise _wrong(each, "Nobody has this name.", "unknown_person")
    return people


def _days(each: Filter, today: date) -> tuple[date, date]:
    """The first and last day of a day, a month or a year."""
    value = each.value.lower()
    if value in ("today", "yesterday"):
        day = today - timedelta(days=value == "yesterday")
        return day, day
    parts = value.split("-")
    lengths = [len(part) for part in parts]
    is_shaped = lengths in ([4], [4, 2], [4, 2, 2]) and all(
        part.isascii() and part.isdigit() for part in parts
    )
    try:
        if not is_shaped:
            raise ValueError(value)
        numbers = [int(part) for part in parts]
        first = date(numbers[0], *[*numbers[1:], 1, 1][:2])
        if len(numbers) == 3:
            return first, first
        year, month = (first.year, first.month + 1) if len(numbers) == 2 else (first.year + 1, 1)
        behind = date(year + month // 13, (month - 1) % 12 + 1, 1)
        return first, behind - timedelta(days=1)
    except (ValueError, OverflowError):
        detail = "A day such as 2026-01-31, a month, a year, today or yesterday is needed."
        raise _wrong(each, detail, "not_a_day") from None


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _uuid(text: str) -> UUID | None:
    if len(text) != _UUID_LENGTH:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None


def _wrong(each: Filter, detail: str, code: str) -> InvalidInput:
    return InvalidInput.of(each.name, f"{each.value!r}: {detail}", code)
