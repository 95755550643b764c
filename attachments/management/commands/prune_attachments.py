"""`manage.py prune_attachments`: what a background task does each hour, by hand."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from attachments.actions.prune import prune_attachments


class Command(BaseCommand):
    help = (
        "Removes uploads that no message claimed within a day, and files in the store that belong "
        "to no attachment. Where more than half of the store seems to belong to nobody, nothing of "
        "it is removed without --force: then it is most likely another database's store."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say it, and remove nothing")
        parser.add_argument("--force", action="store_true", help="however much it is")
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        done = prune_attachments(dry_run=options["dry_run"], force=options["force"])
        verb = "would be removed" if options["dry_run"] else "removed"
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done) | {"dry_run": options["dry_run"]}))
        else:
            self.stdout.write(
                f"{done.expired} unclaimed uploads and {done.orphans} orphaned files {verb}, "
                f"of {done.objects} files in the store."
            )
        if done.held_back:
            raise CommandError(
                f"{done.held_back} files belong to no attachment, which is too much to believe. "
                "Is DATABASE_URL the one that goes with STORAGE_URL? If so: --force"
            )
