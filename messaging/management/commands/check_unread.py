"""`manage.py check_unread`: proves the counters against the rows."""

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from messaging.actions.repairs import repair_counters
from messaging.reads.soundness import Difference, check_heads, check_periods

HELP = """
Counts what is unread for every membership, message by message, and compares it
with what the inbox computes from counters and pointers. Looks at the counters
themselves, too: heads against logs, pointers against their ranges.

  manage.py check_unread           says what differs
  manage.py check_unread --fix     repairs what can be repaired, and looks again

It reads in batches and can run beside the system in use. A message that is
missing from a log cannot be repaired.

Exit codes: 0 all is right (or was made right), 1 something differs.
"""

SHOWN = 100  # differences printed; --json has them all


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs["formatter_class"] = RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fix", action="store_true", help="repair what can be repaired")
        parser.add_argument("--json", action="store_true", help="print one JSON report")

    def handle(self, *args: Any, **options: Any) -> None:
        looked_at, found = _look()
        repaired: list[Difference] = []
        if options["fix"] and found:
            repair_counters(conversation_ids={it.conversation_id for it in found})
            _, left = _look()
            repaired = [it for it in found if not _is_among(it, left)]
            found = left
        report = {
            **looked_at,
            "differences": [it.as_json() for it in found],
            "repaired": [it.as_json() for it in repaired],
        }
        self.stdout.write(json.dumps(report) if options["json"] else _text(report))
        if found:
            raise CommandError(f"{len(found)} differences", returncode=1)


def _look() -> tuple[dict[str, int], list[Difference]]:
    looked_at = {"conversations": 0, "memberships": 0}
    found: list[Difference] = []
    batches = chain(
        (("conversations", batch) for batch in check_heads()),
        (("memberships", batch) for batch in check_periods()),
    )
    for what, batch in batches:
        looked_at[what] += batch.looked_at
        found += batch.differences
    return looked_at, found


def _is_among(one: Difference, others: list[Difference]) -> bool:
    return any(one[:3] == other[:3] for other in others)


def _text(report: dict[str, Any]) -> str:
    lines = [f"{report['conversations']} conversations, {report['memberships']} memberships."]
    for name in ("repaired", "differences"):
        lines += [_line(name, it) for it in report[name][:SHOWN]]
        if len(report[name]) > SHOWN:
            lines.append(f"… and {len(report[name]) - SHOWN} more {name}.")
    if not report["differences"]:
        lines.append("All counters are right.")
    return "\n".join(lines)


def _line(name: str, it: dict[str, Any]) -> str:
    whose = f" of {it['userId']}" if it["userId"] else ""
    mark = "repaired" if name == "repaired" else "differs"
    return (
        f"{mark}: {it['what']}{whose} in {it['conversationId']}: "
        f"{it['stored']} stored, {it['actual']} actual"
    )
