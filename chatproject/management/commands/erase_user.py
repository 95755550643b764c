"""`manage.py erase_user`: the right to be forgotten."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from accounts.models import User
from chatproject.core.progress import Progress
from chatproject.management.operating.arguments import person_named
from chatproject.management.operating.command import (
    EXIT_CODES,
    BadArgument,
    OperatorCommand,
    Outcome,
)
from messaging.maintenance.erasure import (
    close_account_for_erasure,
    conversations_written_in,
    count_written,
    erase_messages,
    finish_erasure,
)
from messaging.search.indexer import index_up_to_heads

HELP = """
Erases a person for good. Their messages lose text, versions, reactions and files
and stay as tombstones, so that nobody's order or unread count moves; snapshots in
reports lose their words. The account is closed, signed out everywhere, and keeps
nothing but its id and the name "Erased person".

  manage.py erase_user alice@example.org --dry-run
  manage.py erase_user alice@example.org --reason "asked for it, letter of May 3"
  manage.py erase_user alice@example.org --yes        asks nothing, for scripts

It cannot be undone. The present title and topic of a conversation stay, whoever
gave them, and so does what others wrote. Backups that were made before still
hold everything: erase again after restoring one.

It works in short batches, and empties the search index last. When it is interrupted,
run the same command again.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="email address or id")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        person = person_named(options["person"])
        report = {
            "personId": str(person.pk),
            "conversations": len(conversations_written_in(person.pk)),
            "messages": count_written(person.pk),
            "dryRun": options["dry_run"],
        }
        if not options["dry_run"]:
            if not options["yes"]:
                _confirm(person, report["messages"], progress)
            report["messages"] = self._erase(person, progress)
        verb = "would be" if options["dry_run"] else "was"
        text = (
            f"{person.pk} {verb} erased, with {report['messages']} messages in "
            f"{report['conversations']} conversations."
        )
        return Outcome(report, text)

    def _erase(self, person: User, progress: Progress) -> int:
        with transaction.atomic():
            self.record("erasure.begun", person)
            close_account_for_erasure(user=person)
        places, messages = conversations_written_in(person.pk), 0
        progress.begin("Conversations", len(places))
        for conversation_id in places:
            messages += sum(erase_messages(user_id=person.pk, conversation_id=conversation_id))
            progress.advance()
        with transaction.atomic():
            finish_erasure(user=person)
            self.record("person.erased", person, after={"messages": messages})
        index_up_to_heads(places)
        return messages


def _confirm(person: User, messages: int, progress: Progress) -> None:
    if sys.stdin is None or not sys.stdin.isatty():
        raise BadArgument("This cannot be undone. Give --yes to go on without being asked.")
    progress.pause()
    answer = input(f"Erase {person.name} with {messages} messages for good? Type yes: ")
    if answer.strip().lower() != "yes":
        raise BadArgument("Nothing was erased.")
