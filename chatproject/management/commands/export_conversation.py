"""`manage.py export_conversation`: one conversation as one person may see it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from chatproject.core.progress import Progress
from chatproject.management.operating.arguments import conversation_named, output_path, person_named
from chatproject.management.operating.command import EXIT_CODES, OperatorCommand, Outcome
from conversations.visibility import visibility_of
from messaging.exports.conversation import write_conversation
from messaging.exports.zip_archive import new_archive

HELP = """
Writes a conversation into a zip file: conversation.json for programs, index.html
for people, and the files in it. It holds what the person named by --for may see
and nothing else: by the same rule as the chat itself, their memberships, what
they cleared and what they hid are respected.

  manage.py export_conversation ID --for alice@example.org
  manage.py export_conversation ID --for alice@example.org --output weekend.zip

The file can be read by you alone, and appears when it is complete.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("conversation", help="its id")
        parser.add_argument(
            "--for", dest="person", required=True, metavar="PERSON", help="email address or id"
        )
        parser.add_argument("--output", type=Path, metavar="FILE", help="conversation-ID.zip")
        parser.add_argument("--force", action="store_true", help="replace the file")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        conversation = conversation_named(options["conversation"])
        person = person_named(options["person"])
        output = options["output"] or Path(f"conversation-{conversation.pk}.zip")
        path = output_path(output, may_replace=options["force"])
        visibility = visibility_of(conversation.pk, person.pk)
        if options["dry_run"]:
            report = {"file": str(path), "dryRun": True}
            return Outcome(report, f"{path} would be written.")
        progress.begin("Messages", visibility.head)
        with new_archive(path) as archive:
            written = write_conversation(
                archive,
                conversation_id=conversation.pk,
                viewer=person,
                advance=progress.advance,
            )
        counts = {"messages": written["messages"], "files": written["files"]}
        self.record(
            "conversation.exported",
            conversation,
            person_id=person.pk,
            after=counts,
        )
        return Outcome(
            {"file": str(path), **counts, "dryRun": False},
            f"{counts['messages']} messages and {counts['files']} files are in {path}.",
        )
