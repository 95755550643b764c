"""Handles reports: moderators take them, act on them, resolve or dismiss them.

An act resolves the reports that it was done for, and the audit log records both.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit.audit_log import record
from accounts.errors import PersonNotFound
from accounts.models import User
from accounts.people.mutes import mute_person
from accounts.people.suspensions import suspend_person
from chatproject.core.errors import Refusal
from messaging.errors import MessageNotFound
from messaging.moderation.actions.messages import delete_as_moderator
from messaging.moderation.actions.notices import warn_person
from messaging.moderation.models import Report

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
State = Report.State


class Act(NamedTuple):
    """`do(report, by, reason, ends_at)` raises a Refusal where it cannot be done."""

    label: str | Promise
    permission: str
    do: Callable[[Report, User, str, datetime | None], object]


def _person_of(report: Report) -> UUID:
    if report.person_id is None:
        raise PersonNotFound("The report is about nobody in particular.")
    person_id: UUID = report.person_id
    return person_id


def _delete(report: Report, by: User, reason: str, ends_at: datetime | None) -> None:
    if report.conversation_id is None or report.seq is None:
        raise MessageNotFound("The report is not about a message.")
    delete_as_moderator(
        conversation_id=report.conversation_id, seq=report.seq, by=by, reason=reason
    )


def _warn(report: Report, by: User, reason: str, ends_at: datetime | None) -> None:
    warn_person(person_id=_person_of(report), by=by, reason=reason)


def _mute(length: timedelta | None) -> Callable[[Report, User, str, datetime | None], object]:
    def mute(report: Report, by: User, reason: str, ends_at: datetime | None) -> None:
        until = None if length is None else timezone.now() + length
        mute_person(person_id=_person_of(report), by=by, reason=reason, ends_at=until)

    return mute


def _suspend(report: Report, by: User, reason: str, ends_at: datetime | None) -> None:
    suspend_person(person_id=_person_of(report), by=by, reason=reason, ends_at=ends_at)


ACTS: dict[str, Act] = {
    "delete": Act(_("Delete for everyone"), "messaging.delete_message", _delete),
    "warn": Act(_("Warn"), "messaging.change_report", _warn),
    "mute_hour": Act(_("Mute for an hour"), "accounts.add_mute", _mute(HOUR)),
    "mute_day": Act(_("Mute for a day"), "accounts.add_mute", _mute(DAY)),
    "mute_forever": Act(_("Mute for ever"), "accounts.add_mute", _mute(None)),
    "suspend": Act(_("Suspend"), "accounts.add_suspension", _suspend),
    "ban": Act(_("Ban until …"), "accounts.add_suspension", _suspend),
}


class Tally(NamedTuple):
    done: int
    refused: Sequence[str]  # one sentence for each that could not be done


def act_on_reports(
    *,
    name: str,
    report_ids: Sequence[UUID],
    by: User,
    reason: str = "",
    ends_at: datetime | None = None,
) -> Tally:
    """Does the act of ACTS for each unsettled report, and resolves it.

    A refusal leaves its report as it was, and the next one is handled. A message or person that was
    reported several times is acted on once.
    """
    done, refused, met = 0, [], set()
    for report_id in report_ids:
        try:
            with transaction.atomic():
                report = _locked(report_id)
                aim = (report.conversation_id, report.seq) if name == "delete" else report.person_id
                if report.is_settled:
                    continue
                if aim not in met:
                    ACTS[name].do(report, by, reason, ends_at)
                _settle(report, State.RESOLVED, by, reason, outcome=name)
            met.add(aim)
            done += 1
        except Refusal as refusal:
            refused.append(f"{report_id}: {refusal.detail}")
    return Tally(done, refused)


def take_reports(*, report_ids: Sequence[UUID], by: User) -> Tally:
    """Assigns the reports to `by`; the audit log records who had taken them before."""
    return _each(report_ids, by, lambda report: _move(report, State.TAKEN, by, ""))


def dismiss_reports(*, report_ids: Sequence[UUID], by: User, reason: str = "") -> Tally:
    """Settles the reports without an act."""
    return _each(report_ids, by, lambda report: _settle(report, State.DISMISSED, by, reason))


def resolve_reports(*, report_ids: Sequence[UUID], by: User, reason: str = "") -> Tally:
    """Settles the reports as handled by an act elsewhere."""
    return _each(report_ids, by, lambda report: _settle(report, State.RESOLVED, by, reason))


def _each(report_ids: Sequence[UUID], by: User, do: Callable[[Report], None]) -> Tally:
    with transaction.atomic():
        reports = _lockable().unsettled().filter(pk__in=report_ids).order_by("id")  # type: ignore[attr-defined]
        for report in (taken := list(reports)):
            do(report)
    return Tally(len(taken), [])


def _lockable() -> "QuerySet[Report]":
    return Report.objects.select_for_update(no_key=True)


def _locked(report_id: UUID) -> Report:
    return _lockable().get(pk=report_id)


def _settle(report: Report, state: str, by: User, reason: str, outcome: str = "") -> None:
    report.settled_at = timezone.now()
    if outcome:
        report.outcome = [*report.outcome, outcome]
    _move(report, state, by, reason)


def _move(report: Report, state: str, by: User, reason: str) -> None:
    before = {"state": report.state, "handlerId": report.handler_id and str(report.handler_id)}
    report.state, report.handler = state, by
    report.save(update_fields=["state", "handler", "settled_at", "outcome"])
    record(
        by=by,
        action=f"report.{state}",
        subject=report,
        reason=reason,
        before=before,
        after={"state": state, "handlerId": str(by.pk), "outcome": report.outcome},
        person_id=report.person_id,
        conversation_id=report.conversation_id,
    )
