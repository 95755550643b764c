"""`manage.py restore`: restores a backup into an empty installation."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from chatproject.core.progress import Progress
from chatproject.management.backups.distributed import refuse_restore
from chatproject.management.backups.restoring import Backup, check_place, opened, restore
from chatproject.management.operating.command import (
    EXIT_CODES,
    BadArgument,
    OperatorCommand,
    Outcome,
)
from chatproject.server import data_dir
from messaging.search.rebuild import begin_rebuild

HELP = """
Restores a backup of `manage.py backup` into the database and the store of files
that the settings name. The servers have to be stopped. The whole backup is checked
first, and the database changes in one transaction: whatever goes wrong, the former
one stands, and the command can be run again.

  manage.py restore monday.tar --dry-run    is it whole, and would it be restored?
  manage.py restore monday.tar              into an empty place
  manage.py restore monday.tar --replace    gives up what is there now

A backup of an older version is migrated. Files of the former chat stay in the store
until `manage.py prune_attachments`. People who were erased since the backup was made
are back: erase them again.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES
    requires_system_checks = ()  # those of the database need tables

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="give up what is there now")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        refuse_restore()
        path = options["file"]
        if not path.is_file():
            raise BadArgument(f"There is no file {path}.")
        with data_dir.serving("a restore"), opened(path) as backup:
            backup.verify(progress)
            check_place(backup, may_replace=options["replace"])
            if options["dry_run"]:
                return _outcome(backup, {}, is_dry=True)
            differing = restore(backup, progress)
            if settings.SEARCH_URL:  # what is in another server is not of this backup
                begin_rebuild()
            outcome = _outcome(backup, differing, is_dry=False)
            self.record("backup.restored", after={"madeAt": backup.manifest.made_at})
            return outcome


def _outcome(backup: Backup, differing: dict[str, tuple[int, int]], *, is_dry: bool) -> Outcome:
    manifest = backup.manifest
    report = {
        "version": manifest.version,
        "madeAt": manifest.made_at,
        "rows": sum(manifest.tables.values()),
        "files": len(manifest.files),
        "differingTables": differing,
        "dryRun": is_dry,
    }
    verb = "would be" if is_dry else "were"
    text = (
        f"{report['rows']} rows and {report['files']} files of {manifest.made_at} {verb} restored."
    )
    failure = f"Tables with another number of rows: {', '.join(differing)}" if differing else ""
    return Outcome(report, text, failure)
