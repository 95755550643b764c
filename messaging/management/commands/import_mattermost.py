"""`manage.py import_mattermost`: loads an export of Mattermost."""

from typing import Any

from messaging.imports.mattermost import translate_mattermost
from messaging.imports.source import Source
from messaging.imports.translation import Translation
from messaging.management.import_command import TranslatedImportCommand

HELP = """
Loads a bulk export of Mattermost (`mmctl export create`): teams' channels, people,
posts with their replies and reactions, and direct messages.

  manage.py import_mattermost export.zip --dry-run
  manage.py import_mattermost export.zip

It can be interrupted and run again: it goes on where it stopped, and what is
imported already stays as it is. A conversation is seen by its people once it is
complete. docs/import.md tells what becomes of what.

Exit codes: 0 done, 1 the export was refused as a whole, 3 some conversation was
refused, 130 interrupted.
"""


class Command(TranslatedImportCommand):
    help = HELP
    system = "mattermost"
    what = "the export: a .jsonl file, or the zip or folder with it"

    def translate(self, source: Source, into: Translation, options: dict[str, Any]) -> None:
        translate_mattermost(source, into)
