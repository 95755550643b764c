"""The single-table statements by which drafts are stored stepwise.

Statements on a conversation's tables join the conversations of the drafts `d`; `n` is the place in
these. The others are about people, files and word filters.

A database that is distributed by conversation would need `conversation_id = ANY($1)` as well, to
find the node. Here that would be wrong: PostgreSQL sorts the array again for each row that it looks
up, which made a flush of 200 twice as expensive.
"""

from attachments.wire import AS_JSON
from chatproject.core.db.pipeline import BINARY, Statement
from chatproject.core.db.statements import statement
from conversations import posting
from conversations.visibility.sql import RANGE_COLUMNS, is_open
from messaging.archive.client_keys import may_be_archived


def _statement(text: str, parameters: int, **parts: str) -> Statement:
    """With so many parameters, all of them in binary; for `parts` see `statement`."""
    return Statement(statement(text, **parts), *[BINARY] * parameters)


def micros(moment: str) -> str:
    """Microseconds since 1970."""
    return f"(extract(epoch FROM {moment}) * 1000000)::bigint"


# -- the first trip: lock, and read what any draft may depend on

_LOCK_HEADS = """
SELECT id, kind, last_seq, last_rev, {last_at}, member_rev, NOT {is_unlocked}, slow_seconds,
       open_from_seq, archived_seq
FROM conversations_conversation c WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE {busy}
"""


def _lock_heads(busy: str) -> Statement:
    is_unlocked = f"({posting.is_unlocked('c')})"
    return _statement(_LOCK_HEADS, 1, last_at=micros("last_at"), is_unlocked=is_unlocked, busy=busy)


LOCK_HEADS, LOCK_FREE_HEADS = _lock_heads(""), _lock_heads("SKIP LOCKED")

# Its snapshot is taken after the lock, and so is the time.
CLOCK = _statement(
    """
    SELECT {micros}, (SELECT revision FROM messaging_rulebook WHERE id = 1)
    """,
    0,
    micros=micros("statement_timestamp()"),
)

EARLIER = _statement(
    """
    SELECT d.n, m.seq, encode(m.fingerprint, 'hex')
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY
        AS d(conversation_id, sender_id, client_id, n)
    JOIN messaging_message m
      ON m.conversation_id = d.conversation_id AND m.sender_id = d.sender_id
     AND m.client_id = d.client_id AND m.client_id IS NOT NULL
    """,
    3,
)

PERIODS = _statement(
    """
    SELECT d.n, p.id, p.role, {is_open}, p.last_read_seq, {ranges}
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS d(conversation_id, user_id, n)
    JOIN conversations_participant p
      ON p.conversation_id = d.conversation_id AND p.user_id = d.user_id
    """,
    2,
    is_open=is_open("p"),
    ranges=RANGE_COLUMNS,
)

MUTES = _statement(
    """
    SELECT user_id, {seconds_left}
    FROM accounts_mute mute WHERE user_id = ANY($1::uuid[]) AND {lasts}
    """,
    1,
    seconds_left=posting.mute_seconds_left("mute"),
    lasts=posting.mute_lasts("mute"),
)

REPLY_TARGETS = _statement(
    """
    SELECT d.n, m.thread_seq, m.deleted_at IS NOT NULL, m.kind = 'system', m.sender_id
    FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS d(conversation_id, seq, n)
    JOIN messaging_message m ON m.conversation_id = d.conversation_id AND m.seq = d.seq
    """,
    2,
)

THREADS = _statement(
    """
    SELECT d.n, t.reply_count, t.last_seq, to_json(t.participant_ids)
    FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS d(conversation_id, seq, n)
    JOIN messaging_thread t ON t.conversation_id = d.conversation_id AND t.seq = d.seq
    """,
    2,
)

LOCK_ATTACHMENTS = _statement(
    """
    SELECT id, uploader_id, content_type, {shape}
    FROM attachments_attachment a
    WHERE id = ANY($1::uuid[]) AND uploader_id = ANY($2::uuid[])
      AND state <> 'refused' AND seq IS NULL
    ORDER BY id FOR UPDATE
    """,
    2,
    shape=AS_JSON,
)

# Locks the rows, so that links in two conversations at the same time are both counted. It inserts
# the row of a first link, since otherwise there would be no row to lock.
LOCK_QUOTAS = _statement(
    """
    INSERT INTO messaging_quota AS q (user_id, links)
    SELECT id, 0 FROM unnest($1::uuid[]) AS id ORDER BY id
    ON CONFLICT (user_id) DO UPDATE SET links = q.links
    RETURNING user_id, links
    """,
    1,
)

# -- further trips, for what the first answers show to be needed

# Keys without a row that an archived message may have.
ARCHIVED = _statement(
    """
    SELECT d.n
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS d(conversation_id, client_id, n)
    WHERE {may_be_archived}
    """,
    2,
    may_be_archived=may_be_archived("d.conversation_id", "d.client_id"),
)

EXISTING = _statement("SELECT id FROM conversations_conversation WHERE id = ANY($1::uuid[])", 1)

DIRECT_PEOPLE = _statement(
    """
    SELECT conversation_id, user_id FROM conversations_participant p
    WHERE conversation_id = ANY($1::uuid[]) AND {is_open}
    """,
    1,
    is_open=is_open("p"),
)

BANS = _statement(
    """
    SELECT d.n
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS d(conversation_id, user_id, n)
    JOIN conversations_ban b ON b.conversation_id = d.conversation_id AND b.user_id = d.user_id
    """,
    2,
)

LAST_POSTS = _statement(
    """
    SELECT d.n, {micros}
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS d(conversation_id, user_id, n)
    JOIN messaging_lastpost l ON l.conversation_id = d.conversation_id AND l.user_id = d.user_id
    """,
    2,
    micros=micros("l.at"),
)

WORD_FILTERS = _statement("SELECT word, act FROM messaging_wordfilter", 0)

BLOCKS = _statement(
    """
    SELECT d.n
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS d(one, other, n)
    JOIN accounts_block b ON b.blocker_id = d.one AND b.blocked_id = d.other
    """,
    2,
)

# -- the last trip: write

INSERT_MESSAGES = _statement(
    """
    INSERT INTO messaging_message (
        id, conversation_id, seq, rev, sender_id, client_id, fingerprint, kind, body,
        reply_to_seq, thread_seq, thread_only, sent_behind, created_at, meta)
    SELECT id, conversation_id, seq, rev, sender_id, client_id, fingerprint, kind, body,
           reply_to_seq, thread_seq, thread_only, sent_behind, created_at, nullif(meta, '')::jsonb
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::uuid[], $6::uuid[], $7::bytea[],
        $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bool[], $13::bool[],
        $14::timestamptz[], $15::text[])
        AS d(id, conversation_id, seq, rev, sender_id, client_id, fingerprint, kind, body,
             reply_to_seq, thread_seq, thread_only, sent_behind, created_at, meta)
    """,
    15,
)

UPDATE_HEADS = _statement(
    """
    UPDATE conversations_conversation c
    SET last_seq = d.seq, last_rev = d.rev, last_at = d.at,
        last_message_at = coalesce(d.said_at, c.last_message_at)
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
        AS d(id, seq, rev, at, said_at)
    WHERE c.id = d.id
    """,
    5,
)

UPDATE_POINTERS = _statement(
    """
    UPDATE conversations_participant p
    SET last_read_seq = d.seq, last_read_at = d.at,
        last_delivered_seq = greatest(p.last_delivered_seq, d.seq)
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[])
        AS d(conversation_id, id, seq, at)
    WHERE p.id = d.id AND p.conversation_id = d.conversation_id
    """,
    4,
)

INSERT_MENTIONS = _statement(
    """
    INSERT INTO messaging_mention (conversation_id, seq, user_id)
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[])
    """,
    3,
)

SAVE_THREADS = _statement(
    """
    INSERT INTO messaging_thread (
        conversation_id, seq, reply_count, last_seq, last_at, participant_ids)
    SELECT conversation_id, seq, reply_count, last_seq, last_at, people::uuid[]
    FROM unnest(
        $1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::text[])
        AS d(conversation_id, seq, reply_count, last_seq, last_at, people)
    ON CONFLICT (conversation_id, seq) DO UPDATE
    SET reply_count = excluded.reply_count, last_seq = excluded.last_seq,
        last_at = excluded.last_at, participant_ids = excluded.participant_ids
    """,
    6,
)

# Authors follow the thread from now on. People who are mentioned, and the root's author, follow it
# unless they have unfollowed it.
FOLLOW_THREADS = _statement(
    """
    INSERT INTO messaging_threadfollower AS f (
        conversation_id, seq, user_id, is_following, last_read_seq)
    SELECT conversation_id, seq, user_id, true, read_seq
    FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bigint[], $5::bool[])
        AS d(conversation_id, seq, user_id, read_seq, writes)
    WHERE writes OR NOT EXISTS (
        SELECT FROM messaging_threadfollower old
        WHERE old.conversation_id = d.conversation_id AND old.seq = d.seq
          AND old.user_id = d.user_id)
    ON CONFLICT (conversation_id, seq, user_id) DO UPDATE
    SET is_following = true,
        last_read_seq = CASE WHEN f.is_following THEN f.last_read_seq
                             ELSE greatest(f.last_read_seq, excluded.last_read_seq) END
    """,
    5,
)

INSERT_FORWARDS = _statement(
    """
    INSERT INTO messaging_forward (conversation_id, seq, origin_conversation_id, origin_seq)
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bigint[])
    """,
    4,
)

CLAIM_ATTACHMENTS = _statement(
    """
    UPDATE attachments_attachment a
    SET conversation_id = d.conversation_id, seq = d.seq, position = d.position, expires_at = NULL
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::int[])
        AS d(id, conversation_id, seq, position)
    WHERE a.id = d.id
    """,
    4,
)

SET_LAST_POSTS = _statement(
    """
    INSERT INTO messaging_lastpost (conversation_id, user_id, at)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[])
    ON CONFLICT (conversation_id, user_id) DO UPDATE SET at = excluded.at
    """,
    3,
)

SPEND_QUOTAS = _statement(
    """
    UPDATE messaging_quota q SET links = d.links
    FROM unnest($1::uuid[], $2::int[]) AS d(user_id, links) WHERE q.user_id = d.user_id
    """,
    2,
)

INSERT_REPORTS = _statement(
    """
    INSERT INTO messaging_report (
        id, created_at, person_id, conversation_id, seq, from_seq, to_seq, reason, comment)
    SELECT id, at, person_id, conversation_id, seq, from_seq, to_seq, 'word', comment
    FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[],
                $7::bigint[], $8::text[])
        AS d(id, at, person_id, conversation_id, seq, from_seq, to_seq, comment)
    """,
    8,
)

# The statements after the first trip.
LATER = (
    ARCHIVED,
    *(EXISTING, DIRECT_PEOPLE, BANS, LAST_POSTS, WORD_FILTERS, BLOCKS),
    *(INSERT_MESSAGES, UPDATE_HEADS, UPDATE_POINTERS, INSERT_MENTIONS, CLAIM_ATTACHMENTS),
    *(SAVE_THREADS, FOLLOW_THREADS),
    INSERT_FORWARDS,
    *(SET_LAST_POSTS, SPEND_QUOTAS, INSERT_REPORTS),
)
