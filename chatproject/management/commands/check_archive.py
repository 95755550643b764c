"""`manage.py check_archive`: proves that no archived message is lost."""

from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from chatproject.core.progress import Progress
from chatproject.management.operating.command import EXIT_CODES, OperatorCommand, Outcome
from messaging.archive.checking import Difference, check_archive, count_messages
from messaging.archive.lease import working

HELP = """
Reads every file of the archive, and compares it with the hashes that were noted when
it was written; and every message of a log that is archived, which has to be in the
database or in a file.

  manage.py check_archive         says what differs
  manage.py check_archive --fix   repairs counts, keys and marks, and gives up a damaged
                                  file whose messages are all in the database still

A file that is lost is repaired by its copy in a backup alone.
"""

SHOWN = 100  # differences printed; --json has them all


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fix", action="store_true", help="repair what can be repaired")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        fix = options["fix"] and not options["dry_run"]
        found: list[Difference] = []
        messages = 0
        progress.begin("Messages", count_messages())
        with working():
            for checked in check_archive(fix=fix):
                messages += checked.messages
                found += checked.differences
                progress.advance(checked.messages)
        fixed = [it for it in found if it.is_fixed]
        if fixed:
            with transaction.atomic():
                self.record("archive.repaired", after={"differences": len(fixed)})
        left = len(found) - len(fixed)
        report = {"messages": messages, "differences": [it.as_json() for it in found]}
        return Outcome(report, _text(messages, found), f"{left} differences" if left else "")


def _text(messages: int, found: list[Difference]) -> str:
    lines = [f"{messages} messages in files."]
    lines += [
        f"{'repaired' if it.is_fixed else 'differs'}: {it.what} {it.where}: "
        f"{it.stored} stored, {it.actual} found"
        for it in found[:SHOWN]
    ]
    if len(found) > SHOWN:
        lines.append(f"… and {len(found) - SHOWN} more.")
    if not found:
        lines.append("Everything is there.")
    return "\n".join(lines)
