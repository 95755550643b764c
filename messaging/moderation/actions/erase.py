"""What erasing a person takes out of reports: the words in snapshots, and those of the reporter."""

from uuid import UUID

from django.db import connection

# Every message of the person's loses its text and its files' names in all snapshots, by whomever
# they were reported; what the person wrote as a reporter goes too.
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
    """How many reports changed. Within the transaction that erases the person."""
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY, {"person": str(user_id)})
        changed: int = cursor.rowcount
        cursor.execute(_SILENCE, {"person": str(user_id)})
        changed += cursor.rowcount
        return changed
