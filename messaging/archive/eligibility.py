"""Which messages may be archived: old texts that nothing but a page of history needs.

What counts, refers or is referred to stays a row, so that all of that goes on by the statements
that there are. Unread counts are arithmetic on all seqs less counts of rows that stay: system
messages, tombstones, replies in threads, hidden messages, one's own among the unread. Mentions and
direct messages stay while they are unread. So do pins, threads, files, polls, forwards, saved and
reported messages. Of each conversation the newest messages stay, the last one that was said, and
the last one that each person who left can see.
"""

from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import fetch, statement
from conversations.visibility import sql
from messaging.archive.rows import AS_PLAIN
from messaging.reads.cache.latest_page_cache import SIZE
from messaging.reads.shards import of_one

# Messages of the timeline that stay, the newest ones: more than the last page and what is looked
# through for the last line of a conversation.
KEEP_NEWEST = SIZE + 40

_OF_MESSAGE = "{table} WHERE conversation_id = m.conversation_id AND seq = m.seq"
# Somebody may have it unread still: a period that shows it, read up to a seq before it.
_UNREAD_BY = """
p.conversation_id = m.conversation_id AND p.last_read_seq < m.seq
AND (p.to_seq IS NULL OR p.to_seq >= m.seq)
"""
_MAY_LEAVE = """
    m.kind = 'text' AND m.deleted_at IS NULL AND m.pinned_at IS NULL
    AND m.thread_seq IS NULL AND NOT m.thread_only
    AND (m.meta IS NULL OR m.meta - 'linkPreviews' = '{{}}'::jsonb)
    AND NOT (m.sent_behind AND EXISTS (
        SELECT FROM conversations_participant p WHERE p.user_id = m.sender_id AND {unread_by}))
    AND NOT EXISTS (
        SELECT FROM messaging_mention n JOIN conversations_participant p
          ON p.user_id = n.user_id OR n.user_id IS NULL
        WHERE n.conversation_id = m.conversation_id AND n.seq = m.seq AND {unread_by})
    AND NOT EXISTS (
        SELECT FROM conversations_conversation c JOIN conversations_participant p ON {unread_by}
        WHERE c.id = m.conversation_id AND c.kind = 'direct')
    AND NOT EXISTS (SELECT FROM {threads})
    AND NOT EXISTS (SELECT FROM {hides})
    AND NOT EXISTS (SELECT FROM {saved})
    AND NOT EXISTS (SELECT FROM {forwards})
    {deliveries}
    AND NOT EXISTS (
        SELECT FROM messaging_report r WHERE r.conversation_id = m.conversation_id
          AND r.state IN ('open', 'taken') AND m.seq BETWEEN r.from_seq AND r.to_seq)
"""


def _may_leave(deliveries: str) -> str:
    return statement(
        _MAY_LEAVE,
        unread_by=_UNREAD_BY,
        threads=_OF_MESSAGE.format(table="messaging_thread"),
        hides=_OF_MESSAGE.format(table="messaging_hide"),
        saved=_OF_MESSAGE.format(table="messaging_savedmessage"),
        forwards=_OF_MESSAGE.format(table="messaging_forward"),
        deliveries=deliveries,
    )


_DELIVERIES = _OF_MESSAGE.format(table="messaging_delivery")
MAY_LEAVE = _may_leave(statement("AND NOT EXISTS (SELECT FROM {it})", it=_DELIVERIES))
# On a distributed database deliveries are on the coordinator, and asked for by themselves.
MAY_LEAVE_SHARD = of_one(_may_leave(""))

# The last message that each person sees who left or hid any, among the rows; and the last that was
# said, whose time the conversation has (`last_message_at`).
LAST_SEEN = statement(
    """
    SELECT DISTINCT last.seq FROM conversations_participant p CROSS JOIN LATERAL (
        SELECT m.seq FROM messaging_message m
        WHERE m.conversation_id = %(conversation)s AND m.seq <= coalesce(p.to_seq, m.seq)
          AND {in_timeline} AND {not_hidden}
        ORDER BY m.seq DESC LIMIT 1) last
    WHERE p.conversation_id = %(conversation)s AND (p.to_seq IS NOT NULL OR EXISTS (
        SELECT FROM messaging_hide h
        WHERE h.conversation_id = %(conversation)s AND h.user_id = p.user_id))
    UNION
    (SELECT seq FROM messaging_message
     WHERE conversation_id = %(conversation)s AND kind <> 'system' AND NOT thread_only
     ORDER BY seq DESC LIMIT 1)
    """,
    in_timeline=sql.in_timeline(),
    not_hidden=sql.not_hidden("m.seq", sql.CONVERSATION, "p.user_id"),
)

# The seq before the newest messages; those of the log that are old enough; what is followed.
UP_TO = statement(
    """
    SELECT coalesce((
        SELECT m.seq - 1 FROM messaging_message m
        WHERE m.conversation_id = c.id AND {in_timeline}
        ORDER BY m.seq DESC OFFSET %(newest)s - 1 LIMIT 1), 0),
        least(s.rev, CASE WHEN %(is_relayed)s THEN coalesce(r.rev, 0) ELSE s.rev END)
    FROM conversations_conversation c
    JOIN messaging_searchcursor s ON s.conversation_id = c.id
    LEFT JOIN messaging_relaycursor r ON r.conversation_id = c.id
    WHERE c.id = %(conversation)s AND c.is_archivable
    """,
    in_timeline=sql.in_timeline(),
)
UP_TO_OF_SHARD = of_one(UP_TO)

_OLD_ROWS = """
SELECT {columns} FROM messaging_message m
WHERE m.conversation_id = %(conversation)s AND m.seq > %(after)s AND m.seq <= %(up_to)s
  AND m.created_at < %(before)s AND m.rev <= %(rev)s
  AND m.seq <> ALL(%(stay)s::bigint[]) AND {may_leave}
ORDER BY m.seq LIMIT %(limit)s
"""
OLD_ROWS = statement(_OLD_ROWS, columns=AS_PLAIN, may_leave=MAY_LEAVE)
OLD_ROWS_OF_SHARD = statement(_OLD_ROWS, columns=AS_PLAIN, may_leave=MAY_LEAVE_SHARD)
_DELIVERED = "SELECT DISTINCT seq FROM messaging_delivery WHERE conversation_id = %(conversation)s"


def seqs_that_stay(conversation_id: UUID) -> set[int]:
    """What `may_leave` does not tell of: the last message that each person sees, and, on a
    distributed database, what webhooks are still told of."""
    asked = {"conversation": conversation_id}
    last_seen = {row[0] for row in fetch(LAST_SEEN, asked)}
    if is_distributed():
        last_seen |= {row[0] for row in fetch(_DELIVERED, asked)}
    return last_seen
