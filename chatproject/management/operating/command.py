"""The base class of commands for operators: arguments, progress, interruption, exit codes.

A command is a subclass with `help`, `arguments` and `work`. It records its changes in the audit log
by `record`, in the name of the person who ran it.
"""

import getpass
import json
import os
import signal
from abc import ABC, abstractmethod
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand, CommandError
from django.db import models

from accounts.audit import audit_log
from chatproject.core.errors import Refusal
from chatproject.core.progress import Progress

FAILED = 1
BAD_ARGUMENT = 2
INTERRUPTED = 130

EXIT_CODES = """
Exit codes: 0 done, 1 refused or something is wrong, 2 an argument is wrong,
130 interrupted.
"""


class BadArgument(CommandError):
    """An argument names nothing, or does not go with another."""

    def __init__(self, text: str) -> None:
        super().__init__(text, returncode=BAD_ARGUMENT)


class Outcome(NamedTuple):
    """`report` is for scripts, with keys in camelCase, `text` for people. A `failure` makes the
    exit code 1."""

    report: Mapping[str, Any]
    text: str
    failure: str = ""


class OperatorCommand(BaseCommand, ABC):
    # Whether it changes anything; if so it takes --dry-run, --as and --reason.
    changes = True

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs["formatter_class"] = RawDescriptionHelpFormatter
        self._subcommand = subcommand
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.arguments(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON report")
        if self.changes:
            parser.add_argument("--dry-run", action="store_true", help="report, change nothing")
            parser.add_argument(
                "--as",
                dest="operator",
                metavar="NAME",
                help="who does this, for the audit log; without it your account on this machine",
            )
            parser.add_argument("--reason", default="", help="why, for the audit log")

    def arguments(self, parser: ArgumentParser) -> None:
        """Adds the command's own arguments."""

    @abstractmethod
    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        """Does the work. Raises BadArgument, or a Refusal, which becomes exit code 1."""

    def handle(self, *args: Any, **options: Any) -> None:
        if self.changes:
            self.operator = f"{options['operator'] or account()}: {self._subcommand}"
            self.reason = options["reason"]
        try:
            with stoppable(), Progress(is_quiet=options["json"]) as progress:
                outcome = self.work(options, progress)
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted. Run it again to go on.", returncode=INTERRUPTED
            ) from None
        except Refusal as refusal:
            raise CommandError(refusal.detail, returncode=FAILED) from refusal
        self.stdout.write(json.dumps(outcome.report) if options["json"] else outcome.text)
        if outcome.failure:
            raise CommandError(outcome.failure, returncode=FAILED)

    def record(self, action: str, subject: models.Model | None = None, **fields: Any) -> None:
        """Appends to the audit log, as part of the caller's transaction; see `audit_log.record`."""
        audit_log.record(
            by=None,
            operator=self.operator,
            action=action,
            subject=subject,
            reason=self.reason,
            **fields,
        )


def account() -> str:
    """The account on this machine that runs the process."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # an id without a name, as in a container
        return str(os.getuid())


@contextmanager
def stoppable() -> Iterator[None]:
    """Lets SIGTERM end the block as Ctrl-C does."""
    if current_thread() is not main_thread():
        yield
        return
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former or signal.SIG_DFL)
