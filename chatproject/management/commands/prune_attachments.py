"""`manage.py prune_attachments`: what a background task does each hour, by hand."""

from argparse import ArgumentParser
from typing import Any

from attachments.actions.prune import Pruned, prune_attachments
from chatproject.core.progress import Progress
from chatproject.management.operating.command import EXIT_CODES, OperatorCommand, Outcome

HELP = """
Removes uploads that no message claimed within a day, and files in the store that
belong to no attachment. Where more than half of the store seems to belong to
nobody, nothing of it is removed without --force: then it is most likely another
database's store. A background task does the same every hour.

  manage.py prune_attachments --dry-run
  manage.py prune_attachments

It can be interrupted and repeated.
"""


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="however much it is")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        is_dry = options["dry_run"]
        progress.begin("Files", None)
        done = prune_attachments(dry_run=is_dry, force=options["force"])
        report = {
            "expired": done.expired,
            "objects": done.objects,
            "orphans": done.orphans,
            "heldBack": done.held_back,
            "dryRun": is_dry,
        }
        if not is_dry and (done.expired or done.orphans):
            self.record(
                "attachments.pruned", after={"expired": done.expired, "orphans": done.orphans}
            )
        return Outcome(report, _text(done, is_dry=is_dry), _failure(done))


def _text(done: Pruned, *, is_dry: bool) -> str:
    verb = "would be removed" if is_dry else "removed"
    return (
        f"{done.expired} unclaimed uploads and {done.orphans} orphaned files {verb}, "
        f"of {done.objects} files in the store."
    )


def _failure(done: Pruned) -> str:
    if not done.held_back:
        return ""
    return (
        f"{done.held_back} files belong to no attachment, which is too much to believe. "
        "Is DATABASE_URL the one that goes with STORAGE_URL? If so: --force"
    )
