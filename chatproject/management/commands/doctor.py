"""`manage.py doctor`: what is wrong with a running installation, and what to do."""

import argparse
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from chatproject.core.progress import Progress
from chatproject.management.doctor import database, samples, services
from chatproject.management.doctor.findings import Check, State, examine, report_of, text_of
from chatproject.management.doctor.outside import Outside
from chatproject.management.operating.command import EXIT_CODES, OperatorCommand, Outcome

HELP = """
Looks at a running installation from inside (settings, server, disk, file storage,
PostgreSQL and its clock and durability, Redis, mail, tasks, backups, a sample of unread
counts and of the search) and from outside (certificate, proxy and what it passes on,
WebSockets), and says what to do.

  manage.py doctor                                    both; outside at PUBLIC_URL
  manage.py doctor --url https://chat.example.org     outside at this address
  manage.py doctor --outside --url https://…          from another machine
  manage.py doctor --inside --json                    for scripts

It writes one object to the file storage and removes it, and else changes nothing.
A warning leaves the exit code 0.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES
    changes = False
    requires_system_checks = ()  # they are among what it tells

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", type=_address, help="the address that people use")
        parser.add_argument("--ca", type=Path, metavar="FILE", help="authorities to trust, too")
        parser.add_argument(
            "--backups", type=Path, metavar="FOLDER", help="where others put backups"
        )
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--inside", action="store_true", help="only what this machine reaches")
        only.add_argument("--outside", action="store_true", help="only what people reach")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        found = list(examine(_checks(options), progress))
        report = report_of(found)
        failures = report[State.FAILED.value]
        failure = f"Failed checks: {failures}." if failures else ""
        return Outcome(report, text_of(found), failure)


def _checks(options: dict[str, Any]) -> list[Check]:
    checks: list[Check] = []
    if not options["outside"]:
        checks += [*services.checks(), *database.checks(options["backups"]), *samples.checks()]
    if not options["inside"]:
        url = options["url"] or urlsplit(settings.PUBLIC_URL)
        checks += Outside(url, options["ca"]).checks()
    return checks


def _address(value: str) -> SplitResult:
    url = urlsplit(value)
    if url.scheme not in ("http", "https") or not url.hostname or url.path not in ("", "/"):
        raise argparse.ArgumentTypeError(
            f"{value!r} is not an address such as https://chat.example"
        )
    return url._replace(path="")
