"""`manage.py reset_mfa`: lets somebody in again who has lost their second factor."""

from argparse import ArgumentParser
from typing import Any

from accounts.second_factor.errors import NoSecondFactor
from accounts.second_factor.factors import methods_of, reset_second_factor
from chatproject.core.progress import Progress
from chatproject.management.operating.arguments import person_named
from chatproject.management.operating.command import (
    EXIT_CODES,
    BadArgument,
    OperatorCommand,
    Outcome,
)

HELP = """
Takes the second factors of a person away: authenticator app, passkeys and
recovery codes. They log in by their password then, and can set up new ones. All
their sign-ins end, since somebody else may hold the device that was lost.

  manage.py reset_mfa alice@example.org --reason "lost phone, called back"

Make sure that it is they who ask. The reason is needed, for the audit log.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="email address or id")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        if not self.reason.strip():
            raise BadArgument("Give a --reason.")
        person = person_named(options["person"])
        methods = methods_of(person)
        if options["dry_run"]:
            if not person.has_second_factor:
                raise NoSecondFactor
        else:
            reset_second_factor(
                person_id=person.pk, by=None, operator=self.operator, reason=self.reason
            )
        verb = "would go" if options["dry_run"] else "are gone"
        report = {"personId": str(person.pk), "methods": methods, "dryRun": options["dry_run"]}
        return Outcome(report, f"The second factors of {person.email} {verb}.")
