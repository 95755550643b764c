"""One run of the archive: what is due is moved, removed, compacted and swept, in this order."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.audit.audit_log import record
from messaging.archive.compacting import compact
from messaging.archive.keeping import sweep
from messaging.archive.lease import working
from messaging.archive.moving import move
from messaging.archive.pruning import next_prune_in, prune
from messaging.models import ArchiveFile


class Step(NamedTuple):
    """A part of a run, and how many messages or files it was about."""

    what: str  # moved, removed, compacted or swept
    number: int


def cutoff(days: int | None = None) -> datetime | None:
    """Older messages are archived; None where the settings say that none are."""
    days = settings.ARCHIVE_AFTER_DAYS if days is None else days
    return timezone.now() - timedelta(days=days) if days else None


def has_work() -> bool:
    """Whether messages are archived, or have been."""
    return bool(settings.ARCHIVE_AFTER_DAYS) or ArchiveFile.objects.exists()


def run(
    before: datetime | None,
    *,
    only: UUID | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Step]:
    """Carries out all steps; without `before` nothing is moved. The caller holds the lease.

    Waits before rows are removed until no reader can be left that does not know of their files.
    Raises ArchiveBroken, ArchiveUnavailable, ArchiveNotWritten.
    """
    if before is not None:
        for moved in move(before, only=only):
            yield Step("moved", moved.messages)
    while (wait := next_prune_in()) is not None:
        sleep(wait.total_seconds())
        for number in prune(sleep=sleep):
            yield Step("removed", number)
    for number in compact():
        yield Step("compacted", number)
    yield Step("swept", sweep())


def archive_by_task() -> int:
    """Archives what is due by the settings; returns how many rows were removed. Raises as `run`,
    ArchiveBusy and ArchiveNotInstalled."""
    removed = 0
    with working():
        for step in run(cutoff()):
            removed += step.number if step.what == "removed" else 0
    if removed:
        after = {"messages": removed, "days": settings.ARCHIVE_AFTER_DAYS}
        record(by=None, action="archive.applied", reason="The nightly task.", after=after)
    return removed
