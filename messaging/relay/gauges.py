"""How far the relay is behind the log, and whether it publishes, for `/metrics`."""

from collections.abc import Mapping

from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from chatproject.core.metrics import DatabaseGauge, register_database_gauge
from messaging.log_cursors import RELAY_CURSORS
from messaging.relay.models import RelayState

# Every conversation's head is compared with its cursor, so seldom.
SECONDS = 60.0


def read_conversations() -> Mapping[tuple[str, ...], float]:
    """Nothing where there is no broker, as by the others."""
    return {(): float(RELAY_CURSORS.lag()[0])} if settings.EVENTS_URL else {}


def read_changes() -> Mapping[tuple[str, ...], float]:
    return {(): float(RELAY_CURSORS.lag()[1])} if settings.EVENTS_URL else {}


def read_silence() -> Mapping[tuple[str, ...], float]:
    """Of the part that has been silent for longest; nothing while no relay has ever published."""
    if not settings.EVENTS_URL:
        return {}
    of_parts = RelayState.objects.filter(pk__lte=settings.EVENTS_RELAYS)
    seen_at = of_parts.aggregate(Min("seen_at"))["seen_at__min"]
    return {} if seen_at is None else {(): (timezone.now() - seen_at).total_seconds()}


def register() -> None:
    for gauge in (
        DatabaseGauge(
            "chat_relay_conversations_behind",
            "Conversations of which the event stream lacks changes.",
            [],
            read_conversations,
            SECONDS,
        ),
        DatabaseGauge(
            "chat_relay_changes_behind",
            "Changes of logs that the event stream lacks.",
            [],
            read_changes,
            SECONDS,
        ),
        DatabaseGauge(
            "chat_relay_silent_seconds",
            "Since the relay last published, or had nothing to publish; the longest of several.",
            [],
            read_silence,
        ),
    ):
        register_database_gauge(gauge)
