"""How far the search's index is behind the log, for `/metrics`."""

from collections.abc import Mapping

from chatproject.core.metrics import DatabaseGauge, register_database_gauge
from messaging.log_cursors import SEARCH_CURSORS

# Every conversation's head is compared with its cursor, so seldom.
SECONDS = 60.0


def read_conversations() -> Mapping[tuple[str, ...], float]:
    return {(): float(SEARCH_CURSORS.lag()[0])}


def read_changes() -> Mapping[tuple[str, ...], float]:
    return {(): float(SEARCH_CURSORS.lag()[1])}


def register() -> None:
    register_database_gauge(
        DatabaseGauge(
            "chat_search_conversations_behind",
            "Conversations of which the search's index lacks changes.",
            [],
            read_conversations,
            SECONDS,
        )
    )
    register_database_gauge(
        DatabaseGauge(
            "chat_search_changes_behind",
            "Changes of logs that the search's index lacks.",
            [],
            read_changes,
            SECONDS,
        )
    )
