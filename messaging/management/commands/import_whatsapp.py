"""`manage.py import_whatsapp`: loads an export of a chat of WhatsApp."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from messaging.imports.source import Source
from messaging.imports.translation import Translation
from messaging.imports.whatsapp import ORDERS, translate_whatsapp
from messaging.management.import_command import TranslatedImportCommand

HELP = """
Loads a chat that WhatsApp exported as text, from iOS or Android: the zip, or the
.txt file in it. Its times are local ones, and its people are names.

  manage.py import_whatsapp "WhatsApp Chat - Weekend.zip" --time-zone Europe/Berlin
  manage.py import_whatsapp _chat.txt --title Weekend --date-order dmy

It can be interrupted and run again: it goes on where it stopped, and what is
imported already stays as it is. A conversation is seen by its people once it is
complete. docs/import.md tells what becomes of what.

Exit codes: 0 done, 1 the export was refused as a whole, 3 some conversation was
refused, 130 interrupted.
"""


class Command(TranslatedImportCommand):
    help = HELP
    system = "whatsapp"
    what = "the chat: its zip, or the .txt file in it"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--title", default="", help="of the chat; else that of the file")
        parser.add_argument(
            "--time-zone",
            type=_zone,
            default=ZoneInfo(settings.TIME_ZONE),
            metavar="ZONE",
            help="of its times, such as Europe/Berlin; else the server's",
        )
        parser.add_argument(
            "--date-order", choices=ORDERS, default="", help="of its dates, if they leave it open"
        )

    def translate(self, source: Source, into: Translation, options: dict[str, Any]) -> None:
        translate_whatsapp(
            source,
            into,
            zone=options["time_zone"],
            order=options["date_order"],
            title=options["title"],
        )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ArgumentTypeError(f"there is no time zone {name!r}") from None
