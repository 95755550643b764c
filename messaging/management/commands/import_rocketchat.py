"""`manage.py import_rocketchat`: loads an export of Rocket.Chat."""

from typing import Any

from messaging.imports.rocketchat import translate_rocketchat
from messaging.imports.source import Source
from messaging.imports.translation import Translation
from messaging.management.import_command import TranslatedImportCommand

HELP = """
Loads the collections of Rocket.Chat, as `mongoexport` writes them: users.json,
rocketchat_room.json, rocketchat_message.json and rocketchat_subscription.json.

  manage.py import_rocketchat collections/ --dry-run
  manage.py import_rocketchat collections/

It can be interrupted and run again: it goes on where it stopped, and what is
imported already stays as it is. A conversation is seen by its people once it is
complete. docs/import.md tells what becomes of what.

Exit codes: 0 done, 1 the export was refused as a whole, 3 some conversation was
refused, 130 interrupted.
"""


class Command(TranslatedImportCommand):
    help = HELP
    system = "rocketchat"
    what = "the folder or zip of the collections"

    def translate(self, source: Source, into: Translation, options: dict[str, Any]) -> None:
        translate_rocketchat(source, into)
