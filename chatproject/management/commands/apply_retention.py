"""`manage.py apply_retention`: takes the content of messages that are older than they are kept."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

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
from messaging.maintenance.retention import Due, count_due, due_conversations, expire, set_retention
from messaging.search.indexer import index_up_to_heads

HELP = """
Takes text, files, reactions and versions from messages that are older than their
conversation keeps them. What is left is a tombstone, so that order, unread counts and
safe retries stay right. How long messages are kept is said by the setting
RETENTION_DAYS for each kind of conversation, as in direct=365,group=730, and for
one conversation by --keep. A background task does the same every night.

  manage.py apply_retention --dry-run                   how much would go
  manage.py apply_retention                             does it
  manage.py apply_retention --conversation ID           only there
  manage.py apply_retention --conversation ID --keep 30        from now on, 30 days
  manage.py apply_retention --conversation ID --keep forever   whatever the settings say
  manage.py apply_retention --conversation ID --keep default   as the settings say again

It works in short batches beside the system in use, and goes on where it stopped
when it is interrupted and run again.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--conversation", metavar="ID", help="only in this one")
        parser.add_argument(
            "--keep", metavar="DAYS", help="of that one: a number, forever, default"
        )

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        only = conversation_named(options["conversation"]) if options["conversation"] else None
        if options["keep"]:
            self._keep(only, options["keep"], is_dry=options["dry_run"])
        found = due_conversations(None if only is None else only.pk)
        progress.begin("Conversations", len(found))
        act = self._count if options["dry_run"] else self._apply
        messages = act(found, progress)
        report = {
            "conversations": len(found),
            "messages": messages,
            "dryRun": options["dry_run"],
        }
        verb = "would lose" if options["dry_run"] else "lost"
        text = f"{messages} messages in {len(found)} conversations {verb} their content."
        return Outcome(report, text)

    def _keep(self, only: Conversation | None, keep: str, *, is_dry: bool) -> None:
        if only is None:
            raise BadArgument("--keep is for one --conversation.")
        days = _days(keep)
        if is_dry:
            raise BadArgument("--keep changes the conversation; it does not go with --dry-run.")
        with transaction.atomic():
            before = set_retention(conversation_id=only.pk, days=days)
            if before != days:
                self.record("retention.set", only, before={"days": before}, after={"days": days})

    def _count(self, found: Sequence[Due], progress: Progress) -> int:
        messages = 0
        for due in found:
            messages += count_due(due)
            progress.advance()
        return messages

    def _apply(self, found: Sequence[Due], progress: Progress) -> int:
        if not found:
            return 0
        newest = rfc3339(max(due.cutoff for due in found))
        extent = {"conversations": len(found), "before": newest}
        self.record("retention.begun", after=extent)
        messages = 0
        for due in found:
            for emptied in expire(due):
                messages += emptied
            progress.advance()
        self.record("retention.applied", after={**extent, "messages": messages})
        index_up_to_heads(due.conversation_id for due in found)
        return messages


def _days(keep: str) -> int | None:
    if keep == "default":
        return None
    if keep == "forever":
        return 0
    if not (keep.isascii() and keep.isdigit() and 0 < int(keep[:6]) == int(keep)):
        raise BadArgument(f"--keep {keep}: give a number of days, forever or default.")
    return int(keep)
