"""Unread counts: arithmetic on the pointers, less short counts over partial indexes.

Unread are the visible messages in (low, high], except for the reader's own, deleted and system
messages and those that the reader hid. `s` is a membership period with these bounds
(`sql.unread_after` and `sql.unread_up_to`). Each exception is subtracted once, for the first of
these reasons: it does not count, it is the reader's own, it is hidden.

The reader's own messages in the range were all sent while behind (`sent_behind`), so a partial
index has them. Its bounds compare rows: with seqs alone PostgreSQL would read the log when that
index has more pages than rows, as after archiving. OFFSET makes PostgreSQL look up hidden and
mentioned messages one by one; if it expects many, it would otherwise read the whole log.
"""

from chatproject.core.db.statements import statement
from conversations.visibility import sql

UNREAD = statement(
    """
    CASE WHEN s.high > s.low THEN s.high - s.low - (
        SELECT count(*) FROM messaging_message m
        WHERE m.conversation_id = s.conversation_id AND m.seq > s.low AND m.seq <= s.high
          AND {never_unread}
    ) - (
        SELECT count(*) FROM messaging_message m
        WHERE m.conversation_id = s.conversation_id AND m.sent_behind AND {counts}
          AND (m.sender_id, m.seq) > (s.user_id, s.low)
          AND (m.sender_id, m.seq) <= (s.user_id, s.high)
    ) - (
        SELECT count(*) FROM messaging_hide h
        CROSS JOIN LATERAL (
            SELECT FROM messaging_message m
            WHERE m.conversation_id = s.conversation_id AND m.seq = h.seq
              AND {counts} AND {by_others}
            OFFSET 0) m
        WHERE h.conversation_id = s.conversation_id AND h.user_id = s.user_id
          AND h.seq > s.low AND h.seq <= s.high
    ) ELSE 0 END
    """,
    counts=sql.counts_as_unread(),
    never_unread=sql.never_unread(),
    by_others=sql.by_others("s.user_id"),
)

UNREAD_MENTIONS = statement(
    """
    CASE WHEN s.high > s.low THEN (
        SELECT count(*) FROM (
            SELECT seq FROM messaging_mention
            WHERE conversation_id = s.conversation_id AND user_id = s.user_id
              AND seq > s.low AND seq <= s.high
            UNION
            SELECT seq FROM messaging_mention
            WHERE conversation_id = s.conversation_id AND user_id IS NULL
              AND seq > s.low AND seq <= s.high
        ) n
        CROSS JOIN LATERAL (
            SELECT FROM messaging_message m
            WHERE m.conversation_id = s.conversation_id AND m.seq = n.seq
              AND {counts} AND {by_others}
            OFFSET 0) m
        WHERE {not_hidden}
    ) ELSE 0 END
    """,
    counts=sql.counts_as_unread(),
    by_others=sql.by_others("s.user_id"),
    not_hidden=sql.not_hidden("n.seq", "s.conversation_id", "s.user_id"),
)
