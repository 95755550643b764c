"""Votes against what their polls take."""

from collections.abc import Iterator

from messaging.maintenance.integrity_check import batches
from messaging.maintenance.integrity_check.batches import Batch
from messaging.maintenance.integrity_check.differences import Difference

# Votes that no poll can have: for a choice that it lacks, of a deleted message, more than one where
# one is taken, or from after the end. Told by the poll, with how many of its votes are sound.
POLLS = """
SELECT w.conversation_id, w.seq,
       (SELECT count(*) FROM messaging_pollvote v
        WHERE v.conversation_id = w.conversation_id AND v.seq = w.seq AND v.removed_rev IS NULL),
       (SELECT count(*) FROM (
            SELECT v.user_id, v.choice, v.rev, v.created_at,
                   row_number() OVER (PARTITION BY v.user_id ORDER BY v.id) AS place
            FROM messaging_pollvote v
            WHERE v.conversation_id = w.conversation_id AND v.seq = w.seq
              AND v.removed_rev IS NULL) v
        WHERE m.deleted_at IS NULL
          AND v.choice BETWEEN 0 AND jsonb_array_length(m.meta->'poll'->'choices') - 1
          AND ((m.meta->'poll'->>'several')::boolean OR v.place = 1)
          AND v.rev <= coalesce((m.meta->'poll'->>'closedRev')::bigint, v.rev)
          AND v.created_at < coalesce((m.meta->'poll'->>'closesAt')::timestamptz, 'infinity'))
FROM (SELECT DISTINCT conversation_id, seq FROM messaging_pollvote
      WHERE (conversation_id, seq) > (%(conversation)s, %(seq)s)
      ORDER BY conversation_id, seq LIMIT %(limit)s) w
LEFT JOIN messaging_message m ON m.conversation_id = w.conversation_id AND m.seq = w.seq
ORDER BY w.conversation_id, w.seq
"""


def check_polls() -> Iterator[Batch]:
    """The votes of every poll against what the poll takes."""
    for rows in batches.pages_by_seq(POLLS):
        yield Batch(
            len(rows),
            [
                Difference("poll.votes", conversation_id, None, stored, sound)
                for conversation_id, _, stored, sound in rows
                if stored != sound
            ],
        )
