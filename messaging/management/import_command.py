"""What the commands that import from other systems have in common."""

import json
from abc import ABC, abstractmethod
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory, TemporaryFile
from typing import IO, Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from chatproject.core.errors import Refusal
from conversations.models import Conversation
from messaging.imports.slack.archive import ExportFiles, ExportRefused
from messaging.imports.slack.loader import SlackLoader, only_import
from messaging.imports.slack.progress import NoProgress, TerminalProgress
from messaging.imports.slack.report import Report
from messaging.imports.source import Source
from messaging.imports.translation import Translation
from messaging.membership.members import join_conversation

SOME_REFUSED = 3
INTERRUPTED = 130
STORED = ("imported", "resumed", "present")


class ImportCommand(BaseCommand, ABC):
    """A subclass has `help`, its `system`, the `what` of its argument, and `opened`."""

    system: str
    what = "the export"

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs["formatter_class"] = RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("export", type=Path, help=self.what)
        parser.add_argument("--dry-run", action="store_true", help="read and report, write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON report")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write every item here")
        parser.add_argument(
            "--workspace",
            metavar="ID",
            help="keeps workspaces apart whose exports don't tell their id",
        )
        parser.add_argument(
            "--join",
            type=_account,
            metavar="EMAIL",
            help="takes this account into the public conversations, to look at the result",
        )
        parser.add_argument(
            "--link-emails",
            action="store_true",
            help="people with the email of an account here are that account; only for addresses "
            "that you trust, since it opens their private conversations to the account",
        )

    @abstractmethod
    def opened(
        self, options: dict[str, Any], report: Report
    ) -> AbstractContextManager[ExportFiles]:
        """The export, ready to be read. Raises ExportRefused."""

    def handle(self, *args: Any, **options: Any) -> None:
        with _items_file(options["report"]) as items:
            report = Report(items, dry_run=options["dry_run"])
            try:
                with only_import():
                    self._load(report, options)
            except ExportRefused as refusal:
                raise CommandError(str(refusal)) from refusal
            except KeyboardInterrupt:
                raise CommandError(
                    "Interrupted. Run it again to go on.", returncode=INTERRUPTED
                ) from None
            if options["json"]:
                self._tell_script(report)
            else:
                self._tell_people(report, options["report"])
        if report.refused:
            names = ", ".join(result.name for result in report.refused)
            raise CommandError(f"Refused: {names}", returncode=SOME_REFUSED)

    def _load(self, report: Report, options: dict[str, Any]) -> None:
        choices = {name: options[name] for name in ("workspace", "link_emails")}
        with self.opened(options, report) as export:
            if options["json"]:
                SlackLoader(export, report, NoProgress(), system=self.system, **choices).run()
            else:
                with TerminalProgress() as terminal:
                    SlackLoader(export, report, terminal, system=self.system, **choices).run()
        if options["join"] and not report.dry_run:
            _join(options["join"], report)

    def _tell_script(self, report: Report) -> None:
        items = [json.loads(line) for line in report.lines()]
        self.stdout.write(json.dumps(report.as_json() | {"items": items}, indent=1))

    def _tell_people(self, report: Report, items_path: Path | None) -> None:
        for line in report.as_text().splitlines():
            self._say(line)
        for item in report.first:
            self._say("  {outcome} {reason}: {where} {detail:.120}".format_map(item))
        rest = report.items - len(report.first)
        if rest and items_path is None:
            items_path = _kept(report.lines())
        if rest:
            self._say(f"  and {rest:,} more: {items_path}")

    def _say(self, line: str) -> None:
        """Prints a line without control characters, since names come from the export."""
        self.stdout.write("".join(c if c.isprintable() else "\ufffd" for c in line).rstrip())


def _account(email: str) -> User:
    account: User | None = User.objects.active().by_email(email).first()
    if account is None:
        raise ArgumentTypeError(f"no active account has the address {email!r}")
    return account


def _join(account: User, report: Report) -> None:
    """Joins every imported public conversation; a refusal is noted in the report."""
    for result in report.conversations:
        if result.kind == Conversation.Kind.PUBLIC and result.result in STORED:
            try:
                join_conversation(conversation_id=UUID(result.id), user_id=account.pk)
            except Refusal as refusal:
                result.detail = f"{account.email} did not join: {refusal.detail}"


def _items_file(path: Path | None) -> IO[str]:
    """The file of items that are left out or changed, one JSON object per line."""
    try:
        return path.open("w+", encoding="utf-8") if path else TemporaryFile("w+", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror}).") from error


def _kept(lines: Iterable[str]) -> Path:
    """Writes the items to a file that stays, since they do not fit on the screen."""
    with NamedTemporaryFile(
        "w", prefix="import-", suffix=".jsonl", delete=False, encoding="utf-8"
    ) as file:
        file.writelines(lines)
        return Path(file.name)


class TranslatedImportCommand(ImportCommand):
    """Imports what `translate` makes of an export."""

    @abstractmethod
    def translate(self, source: Source, into: Translation, options: dict[str, Any]) -> None:
        """Raises ExportRefused for what is no export of this system."""

    @contextmanager
    def opened(self, options: dict[str, Any], report: Report) -> Iterator[ExportFiles]:
        with TemporaryDirectory(prefix="import-") as scratch:
            source = Source(options["export"])
            translation = Translation(Path(scratch), report, source)
            self.translate(source, translation, options)
            yield translation
