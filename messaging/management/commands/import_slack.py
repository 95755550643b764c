"""`manage.py import_slack`: loads a Slack workspace export."""

import os
from argparse import ArgumentParser
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from messaging.imports.slack.archive import ExportFiles, ExportRefused
from messaging.imports.slack.fetching import FetchingArchive
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

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--token-from",
            metavar="VARIABLE",
            help="fetches files by their links, with the workspace's token (files:read) that this "
            "variable of the environment holds",
        )

    def opened(
        self, options: dict[str, Any], report: Report
    ) -> AbstractContextManager[ExportFiles]:
        archive = FetchingArchive(options["export"])
        archive.token = os.environ.get(options["token_from"], "") if options["token_from"] else ""
        if options["token_from"] and not archive.token:
            raise ExportRefused(f"The environment has no {options['token_from']}.")
        return nullcontext(archive)
