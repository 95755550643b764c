"""`manage.py check_distribution`: proves that a distributed database is what `distribute` made."""

from typing import Any

from chatproject.core.progress import Progress
from chatproject.management.distribution.check import differences
from chatproject.management.distribution.orphans import orphans
from chatproject.management.operating.command import EXIT_CODES, OperatorCommand, Outcome

HELP = """
Looks whether each table is where it belongs, and counts what PostgreSQL cannot check
on a distributed database: rows that refer to nothing, and origins of imported
conversations that exist twice. Changes nothing, and can run beside the system in use.

  manage.py check_distribution
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES
    changes = False

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        found = differences()
        found += orphans() if not found else []
        text = "\n".join(found) or "Every table is where it belongs, and nothing refers to nothing."
        failure = f"{len(found)} differences" if found else ""
        return Outcome({"differences": found}, text, failure)
