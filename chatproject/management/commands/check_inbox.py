"""`manage.py check_inbox`: proves the entries of inboxes against what they follow from."""

from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from accounts.models import User
from chatproject.core.progress import Progress
from chatproject.management.operating.command import EXIT_CODES, OperatorCommand, Outcome
from messaging.inbox.integrity import (
    Difference,
    check_entries,
    count_behind,
    is_kept,
    repair_entries,
)

HELP = """
Compares the entries by which inboxes are read with INBOX=entries with everybody's
open memberships: entries that are missing or too many, and those that hold another
time or state than they should.

  manage.py check_inbox                   says what differs
  manage.py check_inbox --fix             writes what differs anew, and looks again
  manage.py check_inbox --fix --dry-run   is the same as without --fix

Conversations whose last changes are not written to inboxes yet are counted apart.
It reads in batches and can run beside the system in use.
"""

SHOWN = 100  # differences printed; --json has them all


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fix", action="store_true", help="write what differs anew")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        looked_at, found = _look(progress)
        repaired: list[Difference] = []
        if options["fix"] and found and not options["dry_run"]:
            with transaction.atomic():
                self.record("inbox.repaired", after={"differences": len(found)})
            repair_entries(found)
            _, left = _look(progress)
            repaired = [it for it in found if it not in left]
            found = left
        report = {
            **looked_at,
            "isKept": is_kept(),
            "conversationsBehind": count_behind() if is_kept() else 0,
            "differences": [it.as_json() for it in found],
            "repaired": [it.as_json() for it in repaired],
        }
        return Outcome(report, _text(report), f"{len(found)} differences" if found else "")


def _look(progress: Progress) -> tuple[dict[str, int], list[Difference]]:
    looked_at = {"people": 0, "entries": 0}
    found: list[Difference] = []
    progress.begin("People", User.objects.count())
    for checked in check_entries():
        looked_at["people"] += checked.people
        looked_at["entries"] += checked.entries
        found += checked.differences
        progress.advance(checked.people)
    return looked_at, found


def _text(report: dict[str, Any]) -> str:
    if not report["isKept"]:
        return "No entries are kept: inboxes are read by counters."
    lines = [
        "{people} people, {entries} entries, {conversationsBehind} conversations behind.".format(
            **report
        )
    ]
    for name in ("repaired", "differences"):
        lines += [_line(name, it) for it in report[name][:SHOWN]]
        if len(report[name]) > SHOWN:
            lines.append(f"… and {len(report[name]) - SHOWN} more {name}.")
    if not report["differences"]:
        lines.append("All entries are right.")
    return "\n".join(lines)


def _line(name: str, it: dict[str, Any]) -> str:
    mark = "repaired" if name == "repaired" else "differs"
    return f"{mark}: {it['what']} of {it['userId']} in {it['conversationId']}"
