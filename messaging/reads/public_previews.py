"""The last line of public conversations, for those who look for one to join."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import read
from chatproject.core.db.statements import big, fetch, statement
from chatproject.core.times import rfc3339
from conversations.visibility import sql
from messaging.markup import plain_line
from messaging.mentions import mentioned_in
from messaging.reads.inbox.statements import CONVERSATIONS, GIVEN, IN_REACH, rows_of
from messaging.reads.message_rows import OF_MANY
from messaging.reads.people import PEOPLE
from messaging.reads.shards import by_conversation, of_one

MAX_CHARACTERS = 160
# Joins, leavings and deleted messages say nothing; this far back something else is looked for.
LOOK_BACK = 20
READ_CHARACTERS = 1_000  # of a text, whose markup takes some of them

PREVIEWS = statement(
    """
    SELECT s.conversation_id::text, m.seq, m.kind, left(m.body, %(characters)s::int), m.created_at,
           sender.name
    FROM ({page}) s
    CROSS JOIN LATERAL (
        SELECT * FROM (
            SELECT m.* FROM messaging_message m
            WHERE m.conversation_id = s.conversation_id AND {in_reach}
              AND {in_timeline} AND {not_hidden}
            ORDER BY m.seq DESC LIMIT %(look_back)s) m
        WHERE m.kind <> 'system' AND m.deleted_at IS NULL
        ORDER BY m.seq DESC LIMIT 1) m
    LEFT JOIN accounts_user sender ON sender.id = m.sender_id
    """,
    page=rows_of(CONVERSATIONS, GIVEN),
    in_reach=IN_REACH,
    in_timeline=sql.in_timeline(),
    not_hidden=OF_MANY.not_hidden,
)


def public_previews(*, viewer_id: UUID, ids: Sequence[UUID]) -> dict[str, dict[str, Any]]:
    """By conversation: seq, kind, text, senderName and createdAt of the last message that somebody
    wrote and the viewer sees. Two queries at most. `ids` are public ones that the viewer reads."""
    params = {
        "viewer": viewer_id,
        "characters": big(READ_CHARACTERS),
        "look_back": big(LOOK_BACK),
    }
    if is_distributed():
        rows = read(by_conversation(of_one(PREVIEWS), ids, params))
    else:
        rows = fetch(PREVIEWS, {**params, "ids": list(ids)})
    names = _names_in([body for _, _, _, body, _, _ in rows])
    return {
        conversation_id: {
            "seq": seq,
            "kind": kind,
            "text": plain_line(body, lambda user_id: names.get(user_id.lower(), "?"))[
                :MAX_CHARACTERS
            ],
            "senderName": sender,
            "createdAt": rfc3339(created_at),
        }
        for conversation_id, seq, kind, body, created_at, sender in rows
    }


def _names_in(bodies: Sequence[str]) -> dict[str, str]:
    """The names of those whom texts call, by id."""
    ids = {str(person) for body in bodies if "<@" in body for person in mentioned_in(body)[0]}
    rows = fetch(PEOPLE, {"ids": sorted(ids)}) if ids else []
    return {user_id: name for user_id, name, _ in rows}
