"""How far the search's index is behind the log, for `/metrics`."""

from collections.abc import Mapping

from chatproject.core.db.statements import fetch, statement
from chatproject.core.metrics import DatabaseGauge, register_database_gauge

# Every conversation's head is compared with its cursor, so seldom.
SECONDS = 60.0

_BEHIND = """
FROM conversations_conversation c LEFT JOIN messaging_searchcursor s ON s.conversation_id = c.id
WHERE c.last_rev <> coalesce(s.rev, 0)
"""
CONVERSATIONS = statement("SELECT count(*) {behind}", behind=_BEHIND)
# A log that was begun anew (after a restore) is behind its cursor, and read from its beginning.
CHANGES = statement(
    """
    SELECT coalesce(sum(CASE WHEN s.rev > c.last_rev THEN c.last_rev
                             ELSE c.last_rev - coalesce(s.rev, 0) END), 0) {behind}
    """,
    behind=_BEHIND,
)


def read_conversations() -> Mapping[tuple[str, ...], float]:
    return {(): float(fetch(CONVERSATIONS, {})[0][0])}


def read_changes() -> Mapping[tuple[str, ...], float]:
    return {(): float(fetch(CHANGES, {})[0][0])}


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
