"""`manage.py check_search`: proves the index of messages against the log."""

from typing import Any

from chatproject.core.progress import Progress
from chatproject.management.operating.command import EXIT_CODES, OperatorCommand, Outcome
from messaging.models import Message
from messaging.search.integrity import Difference, check_index

HELP = """
  manage.py check_search    says what differs

Makes every entry of the search anew from the log and compares it with what the index
holds: what is missing, what should not be there, and what differs. Conversations whose
last changes are not indexed yet, or whose entries are of another version of the text
configuration, are counted apart. It changes nothing; `manage.py rebuild_search` repairs.
"""

SHOWN = 100  # differences printed; --json has them all


class Command(OperatorCommand):
    help = HELP + EXIT_CODES
    changes = False

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        progress.begin("Messages", Message.objects.count())
        messages = behind = old = 0
        differences: list[Difference] = []
        for checked in check_index():
            messages += checked.messages
            behind += checked.is_behind
            old += checked.is_old
            differences += checked.differences
            progress.advance(checked.messages)
        report = {
            "messages": messages,
            "conversationsBehind": behind,
            "conversationsOld": old,
            "differences": [it.as_json() for it in differences],
        }
        failures = [f"{len(differences)} differences"] if differences else []
        failures += [f"{old} conversations are to be rebuilt"] if old else []
        return Outcome(report, _text(report), ", ".join(failures))


def _text(report: dict[str, Any]) -> str:
    lines = [
        "{messages} messages, {conversationsBehind} conversations behind, {conversationsOld} of"
        " another version.".format(**report)
    ]
    shown = report["differences"][:SHOWN]
    lines += [f"{it['what']}: {it['conversationId']}/{it['seq']}@{it['rev']}" for it in shown]
    if len(report["differences"]) > SHOWN:
        lines.append(f"… and {len(report['differences']) - SHOWN} more.")
    if not report["differences"]:
        lines.append("The index holds what the log does.")
    return "\n".join(lines)
