"""`manage.py stats`: how much there is, and how much is going on."""

from typing import Any

from chatproject.core.progress import Progress
from chatproject.management.operating.command import EXIT_CODES, OperatorCommand, Outcome
from chatproject.management.operating.figures import figures

HELP = """
Tells how much there is of people, conversations, messages and files, how much
was going on in the last day, and how large the tables are.

  manage.py stats
  manage.py stats --json | jq .messages

It reads counters and indexes, not every message, and changes nothing.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES
    changes = False

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        report = figures()
        return Outcome(report, "\n".join(_lines(report)))


def _lines(report: dict[str, Any]) -> list[str]:
    lines = []
    for topic, values in report.items():
        lines.append(f"{_words(topic).capitalize()}")
        lines += [
            f"  {_words(name):28}{_figure(name, value):>16}" for name, value in values.items()
        ]
    return lines


def _words(name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)


def _figure(name: str, value: int) -> str:
    if not name.lower().endswith("bytes"):
        return f"{value:,}"
    size = float(value)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:,.1f} {unit}" if unit != "B" else f"{value} B"
        size /= 1000
    return f"{size:,.1f} TB"
