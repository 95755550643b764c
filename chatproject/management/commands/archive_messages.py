"""`manage.py archive_messages`: moves old messages into files of the file storage."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.db import transaction

from chatproject.core.progress import Progress
from chatproject.core.times import rfc3339
from chatproject.management.operating.arguments import conversation_named
from chatproject.management.operating.command import (
    EXIT_CODES,
    BadArgument,
    OperatorCommand,
    Outcome,
)
from conversations.models import Conversation
from messaging.archive.lease import working
from messaging.archive.moving import due_conversations
from messaging.archive.running import cutoff, run

HELP = """
Moves messages that are older than ARCHIVE_AFTER_DAYS, or than --days, out of the
database into Parquet files of the file storage. They are read, searched, exported,
changed and deleted as ever. Files are read back and compared before a row is
removed; messages that something refers to stay in the database.

  manage.py archive_messages --dry-run            how much would be moved
  manage.py archive_messages --days 365           does it
  manage.py archive_messages --conversation ID    only there, also after restore_archive

It works in short batches beside the system in use, and goes on where it stopped
when it is interrupted and run again. It needs pyarrow:
pip install -r requirements-archive.txt
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, help="instead of ARCHIVE_AFTER_DAYS")
        parser.add_argument("--conversation", metavar="ID", help="only in this one")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        before = cutoff(options["days"])
        if before is None or (options["days"] is not None and options["days"] < 1):
            raise BadArgument("Set ARCHIVE_AFTER_DAYS, or give --days as 1 or more.")
        only = conversation_named(options["conversation"]) if options["conversation"] else None
        key = None if only is None else only.pk
        if options["dry_run"]:
            due = list(due_conversations(before, only=key))
            seqs = sum(it.up_to - it.after for it in due)
            report = {"conversations": len(due), "messages": seqs, "dryRun": True}
            text = f"{seqs} messages in {len(due)} conversations are old enough."
            return Outcome(report, text)
        counts = dict.fromkeys(("moved", "removed", "compacted", "swept"), 0)
        with working():
            self._begin(only, before=rfc3339(before))
            progress.begin("Messages", None)
            for step in run(before, only=key):
                counts[step.what] += step.number
                progress.advance(step.number)
            with transaction.atomic():
                self.record("archive.applied", only, after=counts)
        text = (
            f"{counts['moved']} messages were written into files, {counts['removed']} rows removed,"
            f" {counts['compacted']} messages compacted, {counts['swept']} old files deleted."
        )
        return Outcome({**counts, "dryRun": False}, text)

    def _begin(self, only: Conversation | None, *, before: str) -> None:
        with transaction.atomic():
            if only is not None:
                Conversation.objects.filter(pk=only.pk).update(is_archivable=True)
            after = {"before": before, "days": settings.ARCHIVE_AFTER_DAYS}
            self.record("archive.begun", only, after=after)
