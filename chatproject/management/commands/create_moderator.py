"""`manage.py create_moderator`: makes somebody a moderator or an operator."""

import getpass
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from accounts.auth.passwords import password_errors
from accounts.email_addresses import email_errors, normalize_email
from accounts.models import User
from accounts.people.names import name_errors
from chatproject.core.errors import Conflict, InvalidInput
from chatproject.core.progress import Progress
from chatproject.management.operating.command import (
    EXIT_CODES,
    BadArgument,
    OperatorCommand,
    Outcome,
)
from messaging.moderation.groups import MODERATOR, OPERATOR

HELP = """
Gives somebody the rights of a moderator, who works in the admin at /admin/:
reports, people, conversations. With --operator those of an operator, who sees
how the system does. Whoever has no account yet gets one.

  manage.py create_moderator alice@example.org
  manage.py create_moderator new@example.org --name "New One"
  manage.py create_moderator new@example.org --name "New One" < password.txt

A new account's password is asked on the terminal, or read from standard input;
where neither is there, one is made up and printed once. It can be repeated.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", help="of a new account")
        parser.add_argument(
            "--operator",
            action="store_true",
            dest="is_operator",
            help="an operator and not a moderator",
        )

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        role = OPERATOR if options["is_operator"] else MODERATOR
        email = normalize_email(options["email"])
        person = User.objects.by_email(email).first()
        if person is not None and not person.is_active:
            raise Conflict(f"The account of {email} is closed or suspended.")
        is_new, made_up = person is None, None
        had_role = person is not None and person.groups.filter(name=role).exists()
        if person is None:
            person = _new_person(email, options["name"])
            if not options["dry_run"]:
                made_up = _set_password(person)
        if not options["dry_run"]:
            self._store(person, role)
        report = {
            "personId": str(person.pk),
            "role": role,
            "isNew": is_new,
            "hadRole": had_role,
            "dryRun": options["dry_run"],
        }
        if made_up:
            report["password"] = made_up
        return Outcome(report, _text(email, report))

    @transaction.atomic
    def _store(self, person: User, role: str) -> None:
        person.is_staff = True
        person.save()
        group = Group.objects.get_or_create(name=role)[0]
        if not person.groups.filter(pk=group.pk).exists():
            person.groups.add(group)
            self.record("role.given", person, after={"role": role})


def _new_person(email: str, name: str | None) -> User:
    if name is None:
        raise BadArgument(f"Nobody has the email {email}. For a new account give --name.")
    if wrong := [*name_errors(name.strip()), *email_errors(email)]:
        raise BadArgument(" ".join(f"{it['field']}: {it['detail']}" for it in wrong))
    # Whoever creates the account at the server answers for its address.
    return User(name=name.strip(), email=email, email_verified_at=timezone.now())


def _set_password(person: User) -> str | None:
    """Returns it when it was made up, to be shown once. Raises InvalidInput for a weak one."""
    if sys.stdin is not None and sys.stdin.isatty():
        given = getpass.getpass(f"Password for {person.email}: ")
    else:
        given = "" if sys.stdin is None else sys.stdin.readline().rstrip("\r\n")
    password = given or secrets.token_urlsafe(15)
    if wrong := password_errors(password, person):
        raise InvalidInput(" ".join(it["detail"] for it in wrong))
    person.set_password(password)
    return None if given else password


def _text(email: str, report: dict[str, Any]) -> str:
    verb = "would be" if report["dryRun"] else "was already" if report["hadRole"] else "is now"
    lines = [f"{email} {verb} {report['role']}."]
    if report["isNew"]:
        lines.append("The account is new.")
    if "password" in report:
        lines.append(f"Its password, shown only now: {report['password']}")
    return "\n".join(lines)
