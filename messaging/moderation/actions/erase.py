"""Erases a person from reports: their messages in snapshots, and their comments as a reporter."""

from uuid import UUID

from django.db import connection

# Empties the person's messages in all snapshots, whoever reported them.
_EMPTY = """
UPDATE messaging_report SET snapshot = (
    SELECT coalesce(jsonb_agg(
        CASE WHEN each ->> 'senderId' = %(person)s
             THEN each || '{"content": "", "attachments": [], "meta": null, "isErased": true}'
             ELSE each END ORDER BY place), '[]')
    FROM jsonb_array_elements(snapshot) WITH ORDINALITY AS part(each, place))
WHERE jsonb_path_exists(snapshot, '$[*] ? (@.senderId == $person)',
                        jsonb_build_object('person', %(person)s::text))
"""

_SILENCE = "UPDATE messaging_report SET comment = '' WHERE reporter_id = %(person)s::uuid"


def erase_from_reports(*, user_id: UUID) -> int:
    """Returns how many reports changed. Must run in the transaction that erases the person."""
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY, {"person": str(user_id)})
        changed: int = cursor.rowcount
        cursor.execute(_SILENCE, {"person": str(user_id)})
        changed += cursor.rowcount
        return changed
