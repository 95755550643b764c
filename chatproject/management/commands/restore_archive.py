"""`manage.py restore_archive`: brings the archived messages of conversations back."""

from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from chatproject.core.progress import Progress
from chatproject.management.operating.arguments import conversation_named
from chatproject.management.operating.command import (
    EXIT_CODES,
    BadArgument,
    OperatorCommand,
    Outcome,
)
from conversations.models import Conversation
from messaging.archive.lease import working
from messaging.archive.restoring import restore_conversation

HELP = """
Moves the archived messages of a conversation, or of all, from their files back into
the database. It is not archived again until archive_messages --conversation ID asks
for it; after --all, set ARCHIVE_AFTER_DAYS to 0 as well.

  manage.py restore_archive --conversation ID
  manage.py restore_archive --all

It can run beside the system in use, and be interrupted and run again.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--conversation", metavar="ID", help="the one to bring back")
        parser.add_argument("--all", action="store_true", help="every conversation")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        if bool(options["conversation"]) == options["all"]:
            raise BadArgument("Give either --conversation ID or --all.")
        archived = Conversation.objects.filter(archived_seq__gt=0).order_by("pk")
        found = list(archived) if options["all"] else [conversation_named(options["conversation"])]
        progress.begin("Conversations", len(found))
        messages = 0
        with working():
            for conversation in found:
                if not options["dry_run"]:
                    messages += self._restore(conversation)
                progress.advance()
        report = {
            "conversations": len(found),
            "messages": messages,
            "dryRun": options["dry_run"],
        }
        verb = "would be" if options["dry_run"] else "were"
        text = f"{len(found)} conversations {verb} brought back, {messages} messages of files."
        return Outcome(report, text)

    def _restore(self, conversation: Conversation) -> int:
        messages = sum(restore_conversation(conversation.pk))
        with transaction.atomic():
            self.record("archive.restored", conversation, after={"messages": messages})
        return messages
