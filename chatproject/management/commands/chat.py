"""`manage.py chat`: talk in the terminal, on this server or any other."""

import asyncio
import getpass
import logging
import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from chatproject.client import ChatError
from chatproject.terminal import screen


class Command(BaseCommand):
    help = "Talks in the terminal. The password is asked for, or is in CHAT_PASSWORD."
    requires_system_checks = ()  # it needs no database, only a server's address

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="whose account it is")
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="the server's address")

    def handle(self, *args: Any, **options: Any) -> None:
        for chatty in ("httpx", "chatproject.client"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        password = os.environ.get("CHAT_PASSWORD") or _ask()
        try:
            asyncio.run(
                screen.run(options["url"], email=options["email"], password=password, show=self.say)
            )
        except ChatError as error:
            raise CommandError(error.detail) from error
        except KeyboardInterrupt:
            pass

    def say(self, text: str) -> None:
        # Not self.stdout: the prompt takes the place of sys.stdout while it is drawn.
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def _ask() -> str:
    if not sys.stdin.isatty():
        raise CommandError("Set CHAT_PASSWORD: there is nobody here to be asked for it.")
    return getpass.getpass()
