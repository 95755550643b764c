"""`manage.py seed_demo`: people and conversations for a first look."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from messaging.demo import DEMO_PASSWORD, DEMO_PEOPLE, AddressTaken, seed_demo


class Command(BaseCommand):
    help = (
        "Makes the demo people and some real conversations; run again, only what is missing. "
        "Refused in production, since everybody knows the demo people's password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when there are people already"
        )
        parser.add_argument("--force", action="store_true", help="in production too")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION and not options["force"]:
            # What calls with --if-empty wants the demo only where it belongs.
            if options["if_empty"]:
                return
            raise CommandError(
                "PUBLIC_URL is an https address, so this is production, and everybody knows the "
                "demo people's password. --force makes them all the same."
            )
        if options["if_empty"] and User.objects.exists():
            return
        try:
            is_new = seed_demo()
        except AddressTaken as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write("Demo data     " + ("made" if is_new else "was there already"))
        if options["verbosity"] > 1:
            for _, email in DEMO_PEOPLE:
                self.stdout.write(f"  {email}  {DEMO_PASSWORD}")
