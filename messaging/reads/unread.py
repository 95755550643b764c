"""How much is unread: arithmetic on the pointers, less short counts over partial indexes.

Unread are the visible messages in (low, high] but those of one's own, deleted, of the system, and
hidden by oneself; `s` is a membership period with these bounds. Each is left out once, by the first
reason that holds of it: not counted at all, then own, then hidden. Of the unread messages one's own
were all sent while behind, so that a partial index holds them.
"""

# Of a period `p` and its conversation `c`.
LOW = "greatest(p.last_read_seq, p.from_seq - 1, p.cleared_seq)"
HIGH = "least(c.last_seq, p.to_seq)"

UNREAD = """
CASE WHEN s.high > s.low THEN s.high - s.low - (
    SELECT count(*) FROM messaging_message m
    WHERE m.conversation_id = s.conversation_id AND m.seq > s.low AND m.seq <= s.high
      AND (m.deleted_at IS NOT NULL OR m.kind = 'system')
) - (
    SELECT count(*) FROM messaging_message m
    WHERE m.conversation_id = s.conversation_id AND m.sender_id = s.user_id AND m.sent_behind
      AND m.seq > s.low AND m.seq <= s.high AND m.deleted_at IS NULL AND m.kind <> 'system'
) - (
    SELECT count(*) FROM messaging_hide h
    JOIN messaging_message m ON m.conversation_id = h.conversation_id AND m.seq = h.seq
    WHERE h.conversation_id = s.conversation_id AND h.user_id = s.user_id
      AND h.seq > s.low AND h.seq <= s.high
      AND m.deleted_at IS NULL AND m.kind <> 'system' AND m.sender_id IS DISTINCT FROM s.user_id
) ELSE 0 END
"""

UNREAD_MENTIONS = """
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
    JOIN messaging_message m ON m.conversation_id = s.conversation_id AND m.seq = n.seq
    WHERE m.deleted_at IS NULL AND m.sender_id IS DISTINCT FROM s.user_id AND NOT EXISTS (
        SELECT FROM messaging_hide h
        WHERE h.conversation_id = s.conversation_id AND h.user_id = s.user_id AND h.seq = n.seq)
) ELSE 0 END
"""
