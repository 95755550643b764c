"""How far inboxes are behind the log, and what writing them comes to, for `/metrics`."""

from collections.abc import Mapping

from django.conf import settings
from django.utils import timezone

from chatproject.core.metrics import DatabaseGauge, register_database_gauge
from messaging.inbox.models import InboxState

# Nothing is told where inboxes are read by counters, or before entries were kept.


def read_lag() -> Mapping[tuple[str, ...], float]:
    """Of the part that is behind for longest; nothing while one has not come to its end once."""
    parts = [it for it in _states() if it.id <= settings.INBOX_FOLLOWERS]
    applied = [it.applied_at for it in parts if it.applied_at]
    if not applied or len(applied) < len(parts):
        return {}
    return {(): (timezone.now() - min(applied)).total_seconds()}


def read_written() -> Mapping[tuple[str, ...], float]:
    states = _states()
    return {(): float(sum(it.written for it in states))} if states else {}


def read_coalesced() -> Mapping[tuple[str, ...], float]:
    states = _states()
    return {(): float(sum(it.coalesced for it in states))} if states else {}


def _states() -> list[InboxState]:
    return list(InboxState.objects.all()) if settings.INBOX == "entries" else []


def register() -> None:
    for name, text, read in (
        ("chat_inbox_lag_seconds", "Since the time as of which inboxes are written.", read_lag),
        ("chat_inbox_entries_written", "Entries of inboxes written, of all time.", read_written),
        (
            "chat_inbox_changes_coalesced",
            "Changes of logs that were written to inboxes together with a later one, of all time.",
            read_coalesced,
        ),
    ):
        register_database_gauge(DatabaseGauge(name, text, [], read))
