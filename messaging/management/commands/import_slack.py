"""`manage.py import_slack`: loads a Slack workspace export."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from messaging.imports.slack.archive import Archive, ExportFiles
from messaging.imports.slack.report import Report
from messaging.management.import_command import ImportCommand

HELP = """
Loads a Slack workspace export: people, conversations, members, messages with
their own times, threads, reactions, pins, joins and leaves.

  manage.py import_slack export.zip --dry-run    reads it all, writes nothing
  manage.py import_slack export.zip              imports it

It can be interrupted and run again: it goes on where it stopped, and what is
imported already stays as it is. A conversation is seen by its people once it is
complete. One that holds other messages is refused and left as it is.

Exit codes: 0 done, 1 the file was refused as a whole, 3 some conversation was
refused, 130 interrupted. docs/import.md tells what becomes of what.
"""


class Command(ImportCommand):
    help = HELP
    system = "slack"
    what = "the export, a zip file"

    def opened(
        self, options: dict[str, Any], report: Report
    ) -> AbstractContextManager[ExportFiles]:
        return nullcontext(Archive(options["export"]))
