"""`manage.py import_discord`: loads an export of Discord."""

from typing import Any

from messaging.imports.discord import translate_discord
from messaging.imports.source import Source
from messaging.imports.translation import Translation
from messaging.management.import_command import TranslatedImportCommand

HELP = """
Loads channels that DiscordChatExporter wrote as JSON, a file for each.

  manage.py import_discord exported/ --dry-run
  manage.py import_discord exported/

It can be interrupted and run again: it goes on where it stopped, and what is
imported already stays as it is. A conversation is seen by its people once it is
complete. docs/import.md tells what becomes of what.

Exit codes: 0 done, 1 the export was refused as a whole, 3 some conversation was
refused, 130 interrupted.
"""


class Command(TranslatedImportCommand):
    help = HELP
    system = "discord"
    what = "a file, or a folder or zip of several"

    def translate(self, source: Source, into: Translation, options: dict[str, Any]) -> None:
        translate_discord(source, into)
