"""The values that an entry's columns should have, in SQL over a period `p` and its conversation
`c`.
"""

PINNED = "coalesce(p.pinned_at, '1970-01-01 00:00:00+00'::timestamptz)"
ACTIVE_AT = "coalesce(c.last_message_at, c.created_at)"
IS_ARCHIVED = "(p.archived_at IS NOT NULL)"
