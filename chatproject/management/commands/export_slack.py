"""`manage.py export_slack`: conversations as a Slack workspace export."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.db.models import Sum

from chatproject.core.progress import Progress
from chatproject.management.operating.arguments import conversation_named, output_path
from chatproject.management.operating.command import EXIT_CODES, OperatorCommand, Outcome
from conversations.models import Conversation
from messaging.exports.slack.export import write_slack_export
from messaging.exports.zip_archive import new_archive

HELP = """
Writes a zip file in the format of Slack's workspace exports, with the files: of
every conversation, private and direct ones too, or of those that are named.

  manage.py export_slack --output everything.zip
  manage.py export_slack ID ID --output two.zip

It holds the whole logs, whoever may see what, but no deleted messages. The file
can be read by you alone, and appears when it is complete. `import_slack` reads
it, and so do other chats that import from Slack: see docs/import.md.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("conversations", nargs="*", metavar="ID", help="all, if none is named")
        parser.add_argument("--output", type=Path, default=Path("slack-export.zip"), metavar="FILE")
        parser.add_argument("--force", action="store_true", help="replace the file")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        named = [conversation_named(each).pk for each in options["conversations"]]
        path = output_path(options["output"], may_replace=options["force"])
        rows = Conversation.objects.order_by("created_at", "pk")
        rows = rows.filter(pk__in=named) if named else rows
        if options["dry_run"]:
            report = {"file": str(path), "conversations": rows.count(), "dryRun": True}
            return Outcome(report, f"{report['conversations']} conversations would be in {path}.")
        progress.begin("Messages", rows.aggregate(total=Sum("last_seq"))["total"] or 0)
        with new_archive(path) as archive:
            counts = write_slack_export(archive, rows.iterator(), advance=progress.advance)
        self.record("conversations.exported", after=counts | {"isWhole": not named})
        return Outcome(
            {"file": str(path), **counts, "dryRun": False},
            f"{counts['messages']} messages of {counts['conversations']} conversations and "
            f"{counts['files']} files are in {path}.",
        )
