"""`manage.py distribute`: turns a running installation into one that is distributed by Citus."""

from typing import Any

from django.db import DatabaseError, connection, transaction

from chatproject.core.db.distributed import distribution
from chatproject.core.progress import Progress
from chatproject.management.distribution.check import differences
from chatproject.management.distribution.steps import Step, carry_out, obstacles, steps
from chatproject.management.operating.command import EXIT_CODES, OperatorCommand, Outcome

HELP = """
Distributes the tables over the nodes that the database's extension Citus knows: what
belongs to a conversation by conversation, folders by person, people and files to every
node. Everything else stays on the coordinator, to which DATABASE_URL leads.

  manage.py distribute --dry-run   says what it would do, and what stands in the way
  manage.py distribute             does it; interrupted, it goes on when run again

Stop the servers first and start them afterwards: while a table is copied nothing can
be written to it, and a server finds out at its start how to send. Make a backup before;
there is no way back but from one. Run it again after `migrate` has made new tables.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        in_the_way = obstacles()
        if in_the_way:
            report = {"obstacles": in_the_way, "steps": []}
            return Outcome(report, "\n".join(in_the_way), "Nothing was changed.")
        left = steps()
        texts = [step.text for step in left]
        if options["dry_run"]:
            lines = texts or ["Nothing is left to be done."]
            return Outcome({"obstacles": [], "steps": texts}, "\n".join(lines))
        self._carry_out(progress)
        distribution.forget()
        found = differences()
        text = f"{len(texts)} steps are done." if texts else "Nothing was left to be done."
        failure = "\n".join(found) and "manage.py check_distribution says what is wrong."
        return Outcome({"obstacles": [], "steps": texts, "differences": found}, text, failure)

    def _carry_out(self, progress: Progress) -> None:
        """What is left is asked again until nothing is: some steps make others possible."""
        done: set[Step] = set()
        while left := [step for step in steps() if step not in done]:
            progress.begin("Steps", len(left))
            for step in left:
                _try(step)
                done.add(step)
                progress.advance(1)
        if done:
            with transaction.atomic():
                self.record("database.distributed", after={"steps": len(done)})


def _try(step: Step) -> None:
    try:
        carry_out(step)
    except DatabaseError:
        connection.close()
        raise
