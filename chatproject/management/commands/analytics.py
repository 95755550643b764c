"""`manage.py analytics`: facts about the use of the chat, for DuckDB and what reads Parquet."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from chatproject.core.progress import Progress
from chatproject.management.operating.arguments import output_path
from chatproject.management.operating.command import (
    EXIT_CODES,
    BadArgument,
    OperatorCommand,
    Outcome,
)
from messaging.analytics.facts import FACTS
from messaging.analytics.files import write_facts

HELP = """
Writes facts without content into a file of DuckDB, or as Parquet: messages per day,
kind and conversation; active people by day, week and month; response times; files;
retention. docs/analytics.md says what each column is and how to ask.

  manage.py analytics                              DATA_DIR/analytics/chat.duckdb
  manage.py analytics --format parquet             the folder DATA_DIR/analytics/parquet
  manage.py analytics --since 2026-01-01 --output year.duckdb

It reads the whole log once for most of them, from one moment, and changes nothing in
it. The file replaces an earlier one when it is complete. Needs requirements-analytics.txt.
"""
FIRST_DAY = "1970-01-01"


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=("duckdb", "parquet"), default="duckdb")
        parser.add_argument("--since", type=_day, default=_day(FIRST_DAY), metavar="YYYY-MM-DD")
        parser.add_argument(
            "--output", type=Path, metavar="PATH", help="file, or folder of Parquet"
        )

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        form = options["format"]
        target = _target(options["output"], form)
        if options["dry_run"]:
            report = {"path": str(target), "dryRun": True}
            return Outcome(report, f"{target} would be written.")
        progress.begin("Tables", len(FACTS))
        try:
            counts = write_facts(
                target, form=form, since=options["since"], advance=progress.advance
            )
        except ImportError as error:
            raise BadArgument(
                f"{error.name} is missing. Install requirements-analytics.txt."
            ) from None
        self.record("analytics.written", after={"format": form, "rows": counts})
        lines = [f"{name:20}{rows:>12,}" for name, rows in counts.items()]
        report = {"path": str(target), "rows": counts, "dryRun": False}
        return Outcome(report, "\n".join([f"{target}", *lines]))


def _target(given: Path | None, form: str) -> Path:
    """Nothing else than what an earlier run wrote is replaced."""
    if given is None:
        name = "parquet" if form == "parquet" else "chat.duckdb"
        path: Path = settings.DATA_DIR / "analytics" / name
        return path
    if form == "duckdb":
        return output_path(given, may_replace=True)
    path = given.absolute()
    if path.exists() and not (path.is_dir() and _holds_parquet(path)):
        raise BadArgument(f"{path} is there, and holds other things than Parquet files.")
    return path


def _holds_parquet(folder: Path) -> bool:
    return {path.suffix for path in folder.iterdir()} <= {".parquet"}


def _day(value: str) -> datetime:
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ArgumentTypeError(f"{value!r} is no day such as 2026-01-31") from None
