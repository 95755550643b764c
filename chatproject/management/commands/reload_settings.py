"""`manage.py reload_settings`: has running servers read SETTINGS_FILE anew."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chatproject.realtime import control
from chatproject.server.checks import refuse_wrong_environment
from chatproject.server.live_settings import SETTINGS_CHANGED

HELP = """
Has every running server process read the file that SETTINGS_FILE names. Taken over
are SOCKETS_PER_PERSON, SOCKETS_PER_ADDRESS, FRAMES_PER_SECOND, NEW_ACCOUNT_HOURS,
NEW_ACCOUNT_LINKS, NEW_ACCOUNT_INVITES and FILE_QUOTA, unless the server's own
environment sets them; all others need a restart. A file that is wrong is refused,
here and by the servers, which go on with what they have.

Each machine reads its own file, so put it in place everywhere first. Without Redis
nothing has to be run: a server sees within a few seconds that the file has changed.
"""


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_wrong_environment()
        if settings.SETTINGS_FILE is None:
            raise CommandError("SETTINGS_FILE names no file. Set it for the servers, and here.")
        if control.find_outlet() is None:
            self.stdout.write("Without REDIS_URL: the server reads the file within a few seconds.")
            return
        control.send(SETTINGS_CHANGED)
        self.stdout.write("All servers were told to read their settings.")
