"""Filters by what changes without the text: pins, reactions, how far one has read.

They are asked of the log as it stands, since an index that had to follow them would make each
reaction as dear as a message. `e` is the entry, `m` the message, `s` the span it is seen in. Of a
message in the archive there is no `m`: it is not pinned, and counts as unread, since one's own
among the unread stay rows (messaging.archive.eligibility).
"""

from conversations.visibility import FOREVER, sql
from messaging.reads.message_rows import STANDING_REACTIONS

_UNREAD_PERIOD = sql.has_period(
    "e.conversation_id", sql.VIEWER, sql.is_open("q"), f"{sql.unread_after('q')} < e.seq"
)
_STANDING = STANDING_REACTIONS.format(conversation="e.conversation_id").replace("m.seq", "e.seq")

LIVE = {
    # Whether a pin stood when somebody left cannot be told, so they see none.
    "pinned": f"(m.pinned_at IS NOT NULL AND s.to_rev = {FOREVER})",
    "reaction": f"EXISTS (SELECT FROM {_STANDING})",
    "unread": (
        f"({_UNREAD_PERIOD} AND (m.seq IS NULL"
        f" OR {sql.counts_as_unread()} AND {sql.by_others(sql.VIEWER)}))"
    ),
}
