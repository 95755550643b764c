"""`manage.py export_user`: everything that is held of a person."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from chatproject.core.progress import Progress
from chatproject.management.operating.arguments import output_path, person_named
from chatproject.management.operating.command import EXIT_CODES, OperatorCommand, Outcome
from messaging.exports.person import write_person
from messaging.exports.zip_archive import new_archive
from messaging.maintenance.erasure import conversations_of

HELP = """
Writes all that a person is entitled to into a zip file: account.json with their
account, contacts, blocks, sign-ins and reports; of each conversation that they
are or were in a folder with conversation.json, index.html and the files, as they
may see it; and index.html to begin with.

  manage.py export_user alice@example.org
  manage.py export_user alice@example.org --output alice.zip --reason "asked for it"

The file can be read by you alone, and appears when it is complete.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="email address or id")
        parser.add_argument("--output", type=Path, metavar="FILE", help="user-ID.zip")
        parser.add_argument("--force", action="store_true", help="replace the file")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        person = person_named(options["person"])
        output = options["output"] or Path(f"user-{person.pk}.zip")
        path = output_path(output, may_replace=options["force"])
        number = len(conversations_of(person.pk))
        if options["dry_run"]:
            report = {"file": str(path), "conversations": number, "dryRun": True}
            return Outcome(report, f"{path} would hold {number} conversations.")
        progress.begin("Conversations", number)
        with new_archive(path) as archive:
            counts = write_person(archive, person=person, advance=progress.advance)
        self.record("person.exported", person, after=counts)
        return Outcome(
            {"file": str(path), **counts, "dryRun": False},
            f"{counts['conversations']} conversations with {counts['messages']} messages and "
            f"{counts['files']} files are in {path}.",
        )
