"""`manage.py import_telegram`: loads an export of Telegram."""

from typing import Any

from messaging.imports.source import Source
from messaging.imports.telegram import translate_telegram
from messaging.imports.translation import Translation
from messaging.management.import_command import TranslatedImportCommand

HELP = """
Loads chats that Telegram Desktop exported as JSON: one, or all of an account.

  manage.py import_telegram ChatExport/ --dry-run
  manage.py import_telegram ChatExport/

It can be interrupted and run again: it goes on where it stopped, and what is
imported already stays as it is. A conversation is seen by its people once it is
complete. docs/import.md tells what becomes of what.

Exit codes: 0 done, 1 the export was refused as a whole, 3 some conversation was
refused, 130 interrupted.
"""


class Command(TranslatedImportCommand):
    help = HELP
    system = "telegram"
    what = "result.json, or its folder or zip"

    def translate(self, source: Source, into: Translation, options: dict[str, Any]) -> None:
        translate_telegram(source, into)
