"""`manage.py sync_people`: brings accounts in line with a list of people."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from accounts.people.directory import Plan, UnreadableList, carry_out, plan_sync
from chatproject.core.progress import Progress
from chatproject.management.operating.command import (
    EXIT_CODES,
    BadArgument,
    OperatorCommand,
    Outcome,
)

SHOWN = 50

HELP = """
Creates, updates and deactivates accounts by a CSV file, such as one that comes
out of a personnel system every night. Its first line names the columns: email
and name, and if you like about, time_zone and active (yes or no). People are
known by their email. An empty cell leaves what there is.

  manage.py sync_people people.csv --dry-run
  manage.py sync_people people.csv --deactivate-missing --reason "nightly"

New people have no password: they come by single sign-on, or set one by
"Forgot password?". Who is deactivated cannot sign in, and keeps everything; in
the list again, they can. Without --deactivate-missing nobody who is not in the
list is touched; with it bots and administrators stay.

A file with an error changes nothing, unless --skip-errors leaves out the lines
that are wrong. It can be repeated: the second time there is nothing to do.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--deactivate-missing",
            action="store_true",
            help="deactivate people who are not in the file",
        )
        parser.add_argument(
            "--skip-errors", action="store_true", help="leave out the lines that are wrong"
        )

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as lines:
                plan = plan_sync(lines, deactivate_missing=options["deactivate_missing"])
        except (OSError, UnicodeDecodeError, UnreadableList) as error:
            raise BadArgument(f"{options['file']} cannot be used: {error}") from None
        is_refused = bool(plan.errors) and not options["skip_errors"]
        is_done = not is_refused and not options["dry_run"]
        if is_done:
            carry_out(plan, operator=self.operator, reason=self.reason)
        report = _report(plan, is_done=is_done, is_dry=options["dry_run"])
        failure = f"{len(plan.errors)} lines are wrong; nothing was changed." if is_refused else ""
        return Outcome(report, _text(plan, report), failure)


def _report(plan: Plan, *, is_done: bool, is_dry: bool) -> dict[str, Any]:
    return {
        "created": len(plan.created),
        "updated": len(plan.updated),
        "deactivated": len(plan.deactivated),
        "reactivated": len(plan.reactivated),
        "unchanged": plan.unchanged,
        "errors": [each._asdict() for each in plan.errors],
        "done": is_done,
        "dryRun": is_dry,
    }


def _text(plan: Plan, report: dict[str, Any]) -> str:
    names = ("created", "updated", "deactivated", "reactivated", "unchanged")
    lines = [f"Line {error.line}: {error.detail}" for error in plan.errors[:SHOWN]]
    if len(plan.errors) > SHOWN:
        lines.append(f"… and {len(plan.errors) - SHOWN} more errors.")
    verb = "Done" if report["done"] else "To do"
    return "\n".join([*lines, f"{verb}: {', '.join(f'{report[name]} {name}' for name in names)}."])
