"""`manage.py backup`: database and files in one archive."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from attachments.models import Attachment
from chatproject.core.progress import Progress
from chatproject.management.backups.distributed import refuse_backup
from chatproject.management.backups.writing import make_backup
from chatproject.management.operating.arguments import output_path
from chatproject.management.operating.command import EXIT_CODES, OperatorCommand, Outcome

HELP = """
Writes the whole chat into one tar file: the database as of one moment, the files
that it names, the secret key where that is kept in DATA_DIR, and a manifest with
the checksum of each. The system may be in use meanwhile.

  manage.py backup                         chat-2026-01-31T0300.tar
  manage.py backup /backups/monday.tar     replaces nothing without --force

The file can be read by you alone, and appears when it is complete and on the disk.
It holds everything that people have said: keep it as safe as the chat itself.
`manage.py restore FILE --dry-run` proves that it is whole.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="chat-TIME.tar")
        parser.add_argument("--force", action="store_true", help="replace the file")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        refuse_backup()
        given = options["file"] or Path(f"chat-{timezone.now():%Y-%m-%dT%H%M}.tar")
        path = output_path(given, may_replace=options["force"])
        if options["dry_run"]:
            return self._plan(path)
        manifest = make_backup(path, progress)
        figures = {
            "rows": sum(manifest.tables.values()),
            "files": len(manifest.files),
            "missingFiles": len(manifest.missing),
            "bytes": path.stat().st_size,
        }
        self.record("backup.made", after=figures)
        text = (
            f"{figures['rows']} rows and {figures['files']} files are in {path} "
            f"({figures['bytes']} bytes)."
        )
        if manifest.missing:
            text += f"\n{len(manifest.missing)} files that the database names are not in the store."
        return Outcome({"file": str(path), **figures, "dryRun": False}, text)

    def _plan(self, path: Path) -> Outcome:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            (size,) = cursor.fetchone()
        files = Attachment.objects.count()
        report = {"file": str(path), "databaseBytes": size, "attachments": files, "dryRun": True}
        return Outcome(
            report,
            f"{path} would hold {size} bytes of database (before compression) and the files of "
            f"{files} attachments, by version {settings.VERSION}.",
        )
