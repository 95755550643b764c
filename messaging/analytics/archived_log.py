"""Facts count archived messages as before: what they need of those stands in a temporary table."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from chatproject.core.db.statements import fetch, statement
from messaging.archive.counting import rows_alone
from messaging.archive.rows import COLUMNS, PLACE, Row, moment_from

# What `facts` reads of a message.
READ = {
    "conversation_id": "uuid",
    "seq": "bigint",
    "sender_id": "uuid",
    "kind": "text",
    "created_at": "timestamptz",
    "edited_at": "timestamptz",
    "deleted_at": "timestamptz",
    "reply_to_seq": "bigint",
    "thread_seq": "bigint",
}
_NAMES = ", ".join(READ)
_CREATE = "CREATE TEMPORARY TABLE analytics_archived ({})".format(
    ", ".join(f"{name} {kind}" for name, kind in READ.items())
)
_FILL = f"COPY analytics_archived ({_NAMES}) FROM STDIN"
_TABLE = "messaging_message m "
_BOTH = statement(
    """
    (SELECT {names} FROM messaging_message UNION ALL SELECT {names} FROM analytics_archived) m
    """,
    names=_NAMES,
)
_KINDS = {name: COLUMNS[PLACE[name]].kind for name in READ}
ARCHIVED_PLACES = """
SELECT DISTINCT conversation_id FROM messaging_archivesegment WHERE last_at >= %(since)s
"""


@contextmanager
def archived_table() -> Iterator[None]:
    """The table is there within it, empty at first; a read-only transaction may fill it."""
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE analytics_archived")


def over_archive(text: str) -> str:
    """The statement of a fact over rows and that table."""
    return text.replace(_TABLE, f"{_BOTH} ")


def fill_archived(since: datetime) -> None:
    """Puts in the messages from then on that are in files alone, as of the transaction's moment.

    Raises ArchiveUnavailable.
    """
    places = [row[0] for row in fetch(ARCHIVED_PLACES, {"since": since})]
    if not places:
        return
    raw: Any = connection.connection
    for place in places:
        for batch in rows_alone(place, since=since):
            with raw.cursor() as cursor, cursor.copy(_FILL) as copy:
                for row in batch:
                    copy.write_row([_value(row, name) for name in READ])


def _value(row: Row, name: str) -> Any:
    value, kind = row[PLACE[name]], _KINDS[name]
    if value is None:
        return None
    if kind == "uuid":
        return UUID(bytes=value)
    return moment_from(value) if kind == "time" else value
