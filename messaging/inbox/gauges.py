"""How far inboxes are behind the log, and what writing them comes to, for `/metrics`."""

from collections.abc import Mapping

from django.conf import settings
from django.utils import timezone

from chatproject.core.metrics import DatabaseGauge, register_database_gauge
from messaging.inbox.models import InboxState

# Nothing is told where inboxes are read by counters, or before entries were kept.


def read_lag() -> Mapping[tuple[str, ...], float]:
    state = _state()
    if state is None or state.applied_at is None:
        return {}
    return {(): (timezone.now() - state.applied_at).total_seconds()}


def read_written() -> Mapping[tuple[str, ...], float]:
    state = _state()
    return {} if state is None else {(): float(state.written)}


def read_coalesced() -> Mapping[tuple[str, ...], float]:
    state = _state()
    return {} if state is None else {(): float(state.coalesced)}


def _state() -> InboxState | None:
    return InboxState.objects.first() if settings.INBOX == "entries" else None


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
