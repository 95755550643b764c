"""Large pasts, made by SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection, connections

from accounts.models import User
from conversations.models import Conversation
from tests import database

FILL = """
INSERT INTO messaging_message (
    id, conversation_id, seq, rev, sender_id, client_id, kind, body, sent_behind, created_at)
SELECT gen_random_uuid(), %(conversation)s::uuid, g, g,
       (%(people)s::uuid[])[1 + g %% cardinality(%(people)s::uuid[])], gen_random_uuid(), 'text',
       %(words)s || ' ' || g, true, now() - interval '400 days' + g * interval '1 second'
FROM generate_series(1, %(number)s) g
"""

HEAD = """
UPDATE conversations_conversation c
SET last_seq = %(number)s, last_rev = %(number)s, last_at = m.created_at,
    last_message_at = m.created_at
FROM messaging_message m
WHERE c.id = %(conversation)s::uuid AND m.conversation_id = c.id AND m.seq = %(number)s
"""


def fill(conversation: Conversation, *people: User, number: int, words: str = "old words") -> None:
    """An empty log gets messages that are more than a year old, by the people in turn."""
    params: dict[str, Any] = {
        "conversation": conversation.pk,
        "people": [person.pk for person in people],
        "number": number,
        "words": words,
    }
    with connection.cursor() as cursor:
        cursor.execute(FILL, params)
        cursor.execute(HEAD, params)


def age(conversation_id: UUID, *, days: int, up_to: int) -> None:
    """Makes the messages up to a seq older than they are."""
    # In UTC, since a distributed table takes no arithmetic that depends on the time zone.
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message SET created_at ="
            " (created_at AT TIME ZONE 'UTC' - %s * interval '1 day') AT TIME ZONE 'UTC'"
            " WHERE conversation_id = %s AND seq <= %s",
            [days, conversation_id, up_to],
        )


@contextmanager
def database_apart() -> Iterator[str]:
    """A database of its own that this process uses, too, and that others can be killed on."""
    name, former = database.make_database(), connection.settings_dict["NAME"]
    _use(name)
    try:
        yield name
    finally:
        _use(former)
        database.drop(name)


def _use(name: str) -> None:
    connections["default"].close()
    connection.close_pool()  # type: ignore[attr-defined]
    connection.settings_dict["NAME"] = name


def words_in(name: str, words: str) -> list[str]:
    """The tables of the database that hold the words anywhere."""
    found = []
    with database.connect(name) as raw:
        tables = raw.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        for (table,) in tables:
            row = raw.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text ILIKE %s", [f"%{words}%"]
            ).fetchone()
            if row and row[0]:
                found.append(table)
    return found
