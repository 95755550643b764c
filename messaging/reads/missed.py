"""What a person has missed: unread direct messages and mentions, by the rules of unread counts."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chatproject.core.db.statements import fetch, statement
from conversations.visibility import sql
from messaging.errors import MessageNotFound
from messaging.markup import plain_line
from messaging.reads.inbox.conversations import conversation_json_for
from messaging.reads.messages import find_message
from messaging.reads.people import people_in

MAX_CONVERSATIONS = 10
MAX_COUNTED = 1000
PREVIEW_LENGTH = 140

# Who says no to a conversation gets nothing of it; a muted one tells of mentions alone.
MISSED = statement(
    """
    SELECT s.conversation_id, s.kind = 'direct', count(*), max(n.seq)
    FROM (
        SELECT p.conversation_id, p.user_id, c.kind, {low} AS low, {high} AS high,
               coalesce(p.muted_until > now(), false) AS is_muted
        FROM conversations_participant p
        JOIN conversations_conversation c ON c.id = p.conversation_id
        WHERE p.user_id = %(viewer)s AND {is_open} AND p.notify <> 'none'
    ) s
    CROSS JOIN LATERAL (
        SELECT m.seq, m.created_at FROM messaging_message m
        JOIN (
            SELECT seq FROM messaging_message
            WHERE s.kind = 'direct' AND NOT s.is_muted AND conversation_id = s.conversation_id
              AND seq > s.low AND seq <= s.high
            UNION
            SELECT seq FROM messaging_mention
            WHERE conversation_id = s.conversation_id AND user_id = s.user_id
              AND seq > s.low AND seq <= s.high
            UNION
            SELECT seq FROM messaging_mention
            WHERE conversation_id = s.conversation_id AND user_id IS NULL
              AND seq > s.low AND seq <= s.high
        ) called ON called.seq = m.seq
        WHERE m.conversation_id = s.conversation_id AND m.created_at > %(since)s
          AND {counts} AND {by_others} AND {not_hidden}
        LIMIT {most}
    ) n
    WHERE s.high > s.low
    GROUP BY s.conversation_id, s.kind
    ORDER BY max(n.created_at) DESC LIMIT %(limit)s
    """,
    low=sql.unread_after(),
    high=sql.unread_up_to(),
    is_open=sql.is_open(),
    counts=sql.counts_as_unread(),
    by_others=sql.by_others("s.user_id"),
    not_hidden=sql.not_hidden("m.seq", "s.conversation_id", "s.user_id"),
    most=str(MAX_COUNTED),
)


class Missed(NamedTuple):
    """The unread messages of one conversation that are meant for the person, the last one shown."""

    conversation_id: UUID
    is_direct: bool
    number: int
    seq: int
    name: str
    sender: str
    preview: str  # empty for a message of files


def has_missed(user_id: UUID, *, since: datetime) -> bool:
    return bool(fetch(MISSED, {"viewer": user_id, "since": since, "limit": 1}))


def missed_since(user_id: UUID, *, since: datetime) -> list[Missed]:
    """The newest MAX_CONVERSATIONS with what was missed since then, and is still unread."""
    rows = fetch(MISSED, {"viewer": user_id, "since": since, "limit": MAX_CONVERSATIONS})
    names = _names(user_id, [row[0] for row in rows])
    missed = []
    for conversation_id, is_direct, count, seq in rows:
        try:
            sender, preview = _preview(user_id, conversation_id, seq)
        except MessageNotFound:  # deleted for oneself meanwhile
            continue
        name = names[str(conversation_id)]
        missed.append(Missed(conversation_id, is_direct, count, seq, name, sender, preview))
    return missed


def _names(user_id: UUID, ids: Sequence[UUID]) -> dict[str, str]:
    shown = conversation_json_for(user_id, ids) if ids else []
    return {each["id"]: each["name"] or "" for each in shown}


def _preview(user_id: UUID, conversation_id: UUID, seq: int) -> tuple[str, str]:
    _, message = find_message(conversation_id, user_id, seq)
    people = {each["id"]: each["name"] for each in people_in([message])}
    line = plain_line(message.row["body"], lambda person_id: people.get(person_id, ""))
    text = line if len(line) <= PREVIEW_LENGTH else f"{line[: PREVIEW_LENGTH - 1]}…"
    return message.sender_name or "", text
