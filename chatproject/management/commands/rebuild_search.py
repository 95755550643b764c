"""`manage.py rebuild_search`: makes the index of messages anew, while it is in use."""

from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from chatproject.core.progress import Progress
from chatproject.management.operating.command import EXIT_CODES, OperatorCommand, Outcome
from messaging.search.rebuild import begin_rebuild, count_left, rebuild

HELP = """
Makes the entries of the search anew where they are of another version of the text
configuration, or are missing; with --all wherever they are.

  manage.py rebuild_search            what is old, or what an earlier run left undone
  manage.py rebuild_search --all      everything
  manage.py rebuild_search --dry-run  says how many messages that are

The system may be in use: searches are answered by what the index has. Interrupted, it
goes on where it stopped when it is run again without --all.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="whatever version it is of")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        if options["dry_run"]:
            left = count_left()
            return Outcome({"messages": left, "dryRun": True}, f"{left} messages would be indexed.")
        with transaction.atomic():
            self.record("search.rebuilt", after={"all": options["all"]})
            if options["all"]:
                begin_rebuild()
        progress.begin("Messages", count_left())
        done = 0
        for count in rebuild():
            done += count
            progress.advance(count)
        return Outcome({"messages": done, "dryRun": False}, f"{done} messages were indexed.")
