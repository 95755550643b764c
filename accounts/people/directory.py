"""Synchronizes accounts with an organisation's list of people.

The list is read and judged as a whole first; only then is anything written, in one transaction.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models.functions import Now

from accounts.audit.audit_log import record
from accounts.auth.sign_ins import end_all_sign_ins
from accounts.email_addresses import email_errors, normalize_email
from accounts.models import Suspension, User
from accounts.people.accounts import MAX_ABOUT_LENGTH, is_time_zone, update_profile
from accounts.people.names import name_errors
from chatproject.core.errors import FieldError
from chatproject.core.plain_text import control_errors

REQUIRED = ("email", "name")
OPTIONAL = ("about", "time_zone", "active")
FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
# By it a suspension is known as this command's own: those of moderators it leaves alone.
DEACTIVATED = "Deactivated: no longer in the list of people."


class LineError(NamedTuple):
    line: int
    detail: str


class Entry(NamedTuple):
    """A line of the list. Empty optional fields leave what there is."""

    line: int
    email: str
    name: str
    about: str | None
    time_zone: str | None
    is_active: bool


@dataclass
class Plan:
    """What would be done. `updated` has the changed fields of each person."""

    created: list[Entry] = field(default_factory=list)
    updated: list[tuple[User, dict[str, str]]] = field(default_factory=list)
    deactivated: list[User] = field(default_factory=list)
    reactivated: list[User] = field(default_factory=list)
    unchanged: int = 0
    errors: list[LineError] = field(default_factory=list)


class UnreadableList(Exception):
    """The file as a whole is no such list; its text says why."""


def plan_sync(lines: Iterable[str], *, deactivate_missing: bool) -> Plan:
    """Reads the list and compares it with the accounts. Writes nothing; raises UnreadableList."""
    plan = Plan()
    known = {
        normalize_email(str(user.email)): user
        for user in User.objects.exclude(email=None).order_by("id").iterator()
    }
    waiting = set(
        Suspension.objects.filter(lifted_at=None, reason=DEACTIVATED).values_list("user", flat=True)
    )
    listed: dict[str, int] = {}
    for line, row in _rows(lines):
        entry = _entry(line, row, plan.errors)
        email = normalize_email(row.get("email") or "")
        if entry is not None and email in listed:
            detail = f"email: {email} is in line {listed[email]} already."
            plan.errors.append(LineError(line, detail))
            entry = None
        listed.setdefault(email, line)
        if entry is not None:
            _compare(entry, known.get(email), waiting, plan)
    if deactivate_missing:
        plan.deactivated += [
            user for email, user in known.items() if email not in listed and _may_go(user)
        ]
    return plan


def carry_out(plan: Plan, *, operator: str, reason: str) -> None:
    """Does all of the plan, or nothing; each change is in the audit log."""
    with transaction.atomic():
        for entry in plan.created:
            user = User(name=entry.name, email=entry.email, about=entry.about or "")
            user.time_zone = entry.time_zone or ""
            user.set_unusable_password()
            user.save(force_insert=True)
            _record(user, "person.registered", operator, reason)
            if not entry.is_active:
                _deactivate(user, operator, reason)
        for user, changes in plan.updated:
            update_profile(
                user=user,
                name=changes.get("name"),
                about=changes.get("about"),
                time_zone=changes.get("time_zone"),
            )
            fields = {"fields": sorted(changes)}
            _record(user, "person.changed", operator, reason, after=fields)
        for user in plan.deactivated:
            _deactivate(user, operator, reason)
        for user in plan.reactivated:
            _reactivate(user, operator, reason)


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with the number of the line in which it ends, without the white space around."""
    source = iter(lines)
    head = next(source, "").lstrip("\ufeff")
    delimiter = ";" if head.count(";") > head.count(",") else ","
    names = [name.strip().lower() for name in next(csv.reader([head], delimiter=delimiter), [])]
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in (*REQUIRED, *OPTIONAL)]
    if missing or unknown or len(set(names)) < len(names):
        wrong = f"lacks {', '.join(missing)}" if missing else f"has {', '.join(unknown or names)}"
        known = ", ".join((*REQUIRED, *OPTIONAL))
        raise UnreadableList(f"The first line {wrong}. It has to name columns of: {known}.")
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
                if len(cells) != len(names):
                    row = {
                        "email": row.get("email", ""),
                        "": f"{len(cells)} instead of {len(names)}",
                    }
                yield reader.line_num + 1, row
    except csv.Error as error:
        raise UnreadableList(f"Line {reader.line_num + 1} is not CSV: {error}.") from None


def _entry(line: int, row: Mapping[str, str], errors: list[LineError]) -> Entry | None:
    """The entry of a row, or None with its errors."""
    if "" in row:
        errors.append(LineError(line, f"There are {row['']} columns."))
        return None
    email = normalize_email(row["email"])
    about, time_zone = row.get("about") or None, row.get("time_zone") or None
    active = (row.get("active") or "yes").lower()
    wrong: list[FieldError] = [*email_errors(email), *name_errors(row["name"])]
    wrong += control_errors(about or "", "about", may_have_lines=True)
    found = [f"{each['field']}: {each['detail']}" for each in wrong]
    if len(about or "") > MAX_ABOUT_LENGTH:
        found.append(f"about: At most {MAX_ABOUT_LENGTH} characters.")
    if not is_time_zone(time_zone or ""):
        found.append("time_zone: A name such as Europe/Berlin is needed.")
    if active not in FLAGS:
        found.append("active: yes or no is needed.")
    errors += [LineError(line, detail) for detail in found]
    if found:
        return None
    return Entry(line, email, row["name"], about, time_zone, FLAGS[active])


def _compare(entry: Entry, user: User | None, waiting: set[Any], plan: Plan) -> None:
    if user is None:
        plan.created.append(entry)
        return
    if user.deactivated_at is not None:
        plan.errors.append(LineError(entry.line, f"email: The account of {entry.email} is closed."))
        return
    given = {"name": entry.name, "about": entry.about, "time_zone": entry.time_zone}
    changes = {
        name: value
        for name, value in given.items()
        if value is not None and value != getattr(user, name)
    }
    if changes:
        plan.updated.append((user, changes))
    if entry.is_active and user.pk in waiting:
        plan.reactivated.append(user)
    elif not entry.is_active and user.is_active:
        plan.deactivated.append(user)
    elif not changes:
        plan.unchanged += 1


def _may_go(user: User) -> bool:
    """Bots and administrators are in no list of people and stay; who is inactive is so already."""
    return user.is_active and not user.is_bot and not user.is_superuser


def _deactivate(user: User, operator: str, reason: str) -> None:
    """Until they are in the list again: a suspension, not the end of the account."""
    Suspension.objects.create(user=user, by=None, reason=DEACTIVATED)
    User.objects.filter(pk=user.pk).update(is_active=False)
    end_all_sign_ins(user_id=user.pk)
    _record(user, "person.deactivated", operator, reason, after={"isActive": False})


def _reactivate(user: User, operator: str, reason: str) -> None:
    mine = Suspension.objects.filter(user=user, lifted_at=None, reason=DEACTIVATED)
    mine.update(lifted_at=Now())
    User.objects.filter(pk=user.pk, deactivated_at=None).update(is_active=True)
    _record(user, "person.reactivated", operator, reason, after={"isActive": True})


def _record(user: User, action: str, operator: str, reason: str, **what: Any) -> None:
    record(by=None, operator=operator, action=action, subject=user, reason=reason, **what)
