"""How much is in files, and how late the archive is, for `/metrics`."""

from collections.abc import Mapping

from django.conf import settings
from django.db.models import Sum

from chatproject.core.metrics import DatabaseGauge, register_database_gauge
from messaging.archive.moving import oldest_due
from messaging.archive.running import cutoff
from messaging.models import ArchiveFile

SECONDS = 60.0
# The oldest row of every conversation is looked at, so seldom.
LAG_SECONDS = 900.0

Values = Mapping[tuple[str, ...], float]


def read_lag() -> Values:
    """Nothing where messages are not archived."""
    before = cutoff() if settings.ARCHIVE_AFTER_DAYS else None
    if before is None:
        return {}
    oldest = oldest_due(before)
    return {(): 0.0 if oldest is None else (before - oldest).total_seconds()}


def read_messages() -> Values:
    return {(): float(_sum("row_count"))}


def read_bytes() -> Values:
    return {(): float(_sum("byte_count"))}


def _sum(column: str) -> int:
    return ArchiveFile.objects.filter(removed_at=None).aggregate(n=Sum(column))["n"] or 0


def register() -> None:
    for gauge in (
        DatabaseGauge(
            "chat_archive_lag_seconds",
            "How much older than ARCHIVE_AFTER_DAYS the oldest message is that is due.",
            [],
            read_lag,
            LAG_SECONDS,
        ),
        DatabaseGauge(
            "chat_archive_messages", "Messages in files of the archive.", [], read_messages, SECONDS
        ),
        DatabaseGauge(
            "chat_archive_bytes", "Bytes of the files of the archive.", [], read_bytes, SECONDS
        ),
    ):
        register_database_gauge(gauge)
