"""The statements of `stepwise_statements` as a distributed database wants them.

Each is about one table and one conversation, `$1`, or writes rows of one shard. Citus sends such a
statement to the node that has the shard, with a cached plan; joins, and statements about several
conversations, it plans again each time. The columns are the same, and `n` is the place in the
parameter. The tables of people, files and word filters belong to no conversation, and their
statements are the same.
"""

from collections.abc import Sequence

from chatproject.core.db.pipeline import BINARY, TEXT, Statement, Step
from chatproject.core.db.statements import statement
from conversations import posting
from conversations.visibility.sql import RANGE_COLUMNS, is_open
from messaging.archive.client_keys import may_be_archived
from messaging.sending.stepwise_statements import (
    BLOCKS,
    CLOCK,
    LOCK_ATTACHMENTS,
    LOCK_QUOTAS,
    MUTES,
    WORD_FILTERS,
    micros,
)

__all__ = [
    "ARCHIVED",
    "BANS",
    "BLOCKS",
    "CLOCK",
    "DIRECT_PEOPLE",
    "EARLIER",
    "EXISTING",
    "LAST_POSTS",
    "LOCK_ATTACHMENTS",
    "LOCK_FREE_HEADS",
    "LOCK_HEADS",
    "LOCK_QUOTAS",
    "MUTES",
    "PERIODS",
    "REPLY_TARGETS",
    "THREADS",
    "WORD_FILTERS",
]


def _statement(text: str, parameters: int, **parts: str) -> Statement:
    return Statement(statement(text, **parts), *[BINARY] * parameters)


# -- lock and read

_LOCK_HEADS = """
SELECT id, kind, last_seq, last_rev, {last_at}, member_rev, NOT {is_unlocked}, slow_seconds,
       open_from_seq, archived_seq
FROM conversations_conversation c WHERE id = $1::uuid FOR NO KEY UPDATE {busy}
"""


def _lock_heads(busy: str) -> Statement:
    is_unlocked = f"({posting.is_unlocked('c')})"
    return _statement(_LOCK_HEADS, 1, last_at=micros("last_at"), is_unlocked=is_unlocked, busy=busy)


LOCK_HEADS, LOCK_FREE_HEADS = _lock_heads(""), _lock_heads("SKIP LOCKED")

# `$4` has the senders with the `client_id` of each.
EARLIER = _statement(
    """
    SELECT array_position($4::bytea[], uuid_send(sender_id) || uuid_send(client_id)), seq,
           encode(fingerprint, 'hex')
    FROM messaging_message
    WHERE conversation_id = $1::uuid AND sender_id = ANY($2::uuid[]) AND client_id = ANY($3::uuid[])
      AND client_id IS NOT NULL AND uuid_send(sender_id) || uuid_send(client_id) = ANY($4::bytea[])
    """,
    4,
)

PERIODS = _statement(
    """
    SELECT array_position($2::uuid[], user_id), id, role, {is_open}, last_read_seq, {ranges}
    FROM conversations_participant p
    WHERE conversation_id = $1::uuid AND user_id = ANY($2::uuid[])
    """,
    2,
    is_open=is_open("p"),
    ranges=RANGE_COLUMNS,
)

REPLY_TARGETS = _statement(
    """
    SELECT array_position($2::bigint[], seq), thread_seq, deleted_at IS NOT NULL, kind = 'system',
           sender_id
    FROM messaging_message WHERE conversation_id = $1::uuid AND seq = ANY($2::bigint[])
    """,
    2,
)

THREADS = _statement(
    """
    SELECT array_position($2::bigint[], seq), reply_count, last_seq, to_json(participant_ids)
    FROM messaging_thread WHERE conversation_id = $1::uuid AND seq = ANY($2::bigint[])
    """,
    2,
)

ARCHIVED = _statement(
    """
    SELECT d.n FROM unnest($2::uuid[]) WITH ORDINALITY AS d(client_id, n) WHERE {may_be_archived}
    """,
    2,
    may_be_archived=may_be_archived("$1::uuid", "d.client_id"),
)

EXISTING = _statement("SELECT id FROM conversations_conversation WHERE id = $1::uuid", 1)

DIRECT_PEOPLE = _statement(
    """
    SELECT conversation_id, user_id FROM conversations_participant p
    WHERE conversation_id = $1::uuid AND {is_open}
    """,
    1,
    is_open=is_open("p"),
)

BANS = _statement(
    """
    SELECT array_position($2::uuid[], user_id) FROM conversations_ban
    WHERE conversation_id = $1::uuid AND user_id = ANY($2::uuid[])
    """,
    2,
)

LAST_POSTS = _statement(
    """
    SELECT array_position($2::uuid[], user_id), {micros} FROM messaging_lastpost
    WHERE conversation_id = $1::uuid AND user_id = ANY($2::uuid[])
    """,
    2,
    micros=micros("at"),
)

# -- write

UPDATE_HEAD = _statement(
    """
    UPDATE conversations_conversation
    SET last_seq = $2::bigint, last_rev = $3::bigint, last_at = $4::timestamptz,
        last_message_at = coalesce($5::timestamptz, last_message_at)
    WHERE id = $1::uuid
    """,
    5,
)

UPDATE_POINTER = _statement(
    """
    UPDATE conversations_participant
    SET last_read_seq = $3::bigint, last_read_at = $4::timestamptz,
        last_delivered_seq = greatest(last_delivered_seq, $3::bigint)
    WHERE conversation_id = $1::uuid AND id = $2::uuid
    """,
    4,
)


class Insert:
    """Inserts rows of one shard. Statements for different numbers of rows are different ones."""

    def __init__(self, table: str, columns: dict[str, str], conflict: str = "") -> None:
        """`columns` are names and types; jsonb is given as text, all else in binary."""
        self._into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES"
        self._types = list(columns.values())
        self._formats = [TEXT if kind == "jsonb" else BINARY for kind in self._types]
        self._conflict = conflict
        self._made: dict[int, Statement] = {}

    def statement(self, count: int) -> Statement:
        """The statement that inserts so many rows."""
        if count not in self._made:
            rows = ", ".join(self._row(n * len(self._types)) for n in range(count))
            text = f"{self._into} {rows} {self._conflict}"
            self._made[count] = Statement(" ".join(text.split()), *self._formats * count)
        return self._made[count]

    def _row(self, before: int) -> str:
        values = (f"${before + n}::{kind}" for n, kind in enumerate(self._types, 1))
        return f"({', '.join(values)})"

    def step(self, rows: Sequence[Sequence[bytes | None]]) -> Step:
        return Step(self.statement(len(rows)), [value for row in rows for value in row])


MESSAGES = Insert(
    "messaging_message",
    {
        "id": "uuid",
        "conversation_id": "uuid",
        "seq": "bigint",
        "rev": "bigint",
        "sender_id": "uuid",
        "client_id": "uuid",
        "fingerprint": "bytea",
        "kind": "text",
        "body": "text",
        "reply_to_seq": "bigint",
        "thread_seq": "bigint",
        "thread_only": "bool",
        "sent_behind": "bool",
        "created_at": "timestamptz",
        "meta": "jsonb",
    },
)
MENTIONS = Insert(
    "messaging_mention", {"conversation_id": "uuid", "seq": "bigint", "user_id": "uuid"}
)
FORWARDS = Insert(
    "messaging_forward",
    {
        "conversation_id": "uuid",
        "seq": "bigint",
        "origin_conversation_id": "uuid",
        "origin_seq": "bigint",
    },
)
SAVED_THREADS = Insert(
    "messaging_thread",
    {
        "conversation_id": "uuid",
        "seq": "bigint",
        "reply_count": "bigint",
        "last_seq": "bigint",
        "last_at": "timestamptz",
        "participant_ids": "uuid[]",
    },
    """
    ON CONFLICT (conversation_id, seq) DO UPDATE
    SET reply_count = excluded.reply_count, last_seq = excluded.last_seq,
        last_at = excluded.last_at, participant_ids = excluded.participant_ids
    """,
)
LAST_POST_TIMES = Insert(
    "messaging_lastpost",
    {"conversation_id": "uuid", "user_id": "uuid", "at": "timestamptz"},
    "ON CONFLICT (conversation_id, user_id) DO UPDATE SET at = excluded.at",
)

_FOLLOWER = {
    "conversation_id": "uuid",
    "seq": "bigint",
    "user_id": "uuid",
    "is_following": "bool",
    "last_read_seq": "bigint",
}
# Authors follow the thread from now on. People who are mentioned, and the root's author, follow it
# unless they have unfollowed it.
WRITING_FOLLOWERS = Insert(
    "messaging_threadfollower AS f",
    _FOLLOWER,
    """
    ON CONFLICT (conversation_id, seq, user_id) DO UPDATE
    SET is_following = true,
        last_read_seq = CASE WHEN f.is_following THEN f.last_read_seq
                             ELSE greatest(f.last_read_seq, excluded.last_read_seq) END
    """,
)
OTHER_FOLLOWERS = Insert(
    "messaging_threadfollower",
    _FOLLOWER,
    "ON CONFLICT (conversation_id, seq, user_id) DO NOTHING",
)

# The statements after the first trip that nearly every flush uses.
LATER_ON_SHARDS = (EXISTING, DIRECT_PEOPLE, UPDATE_HEAD, UPDATE_POINTER, MESSAGES.statement(1))
