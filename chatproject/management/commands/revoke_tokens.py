"""`manage.py revoke_tokens`: ends sign-ins, one person's or all."""

from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from accounts.auth.sign_ins import end_all_sign_ins, end_everybodys_sign_ins
from accounts.models import SignIn
from chatproject.core.progress import Progress
from chatproject.management.operating.arguments import person_named
from chatproject.management.operating.command import (
    EXIT_CODES,
    BadArgument,
    OperatorCommand,
    Outcome,
)

HELP = """
Ends sign-ins: access and refresh tokens are refused at once, browsers are signed
out, and sockets are closed within a few seconds. Passwords stay as they are.

  manage.py revoke_tokens alice@example.org --reason "lost phone"
  manage.py revoke_tokens --all --reason "a key has leaked"

It can be repeated: what has ended stays ended.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", nargs="?", help="email address or id")
        parser.add_argument("--all", action="store_true", help="of everybody, yourself included")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        if bool(options["person"]) == options["all"]:
            raise BadArgument("Name a person, or give --all.")
        person = person_named(options["person"]) if options["person"] else None
        if options["dry_run"]:
            running = SignIn.objects.filter(ended_at=None)
            ended = (running.filter(user=person) if person else running).count()
        else:
            with transaction.atomic():
                ended = end_all_sign_ins(user_id=person.pk) if person else end_everybodys_sign_ins()
                self.record("tokens.revoked", person, after={"signInsEnded": ended})
        verb = "would end" if options["dry_run"] else "ended"
        return Outcome(
            {"signInsEnded": ended, "dryRun": options["dry_run"]}, f"{ended} sign-ins {verb}."
        )
