"""Proof that the counters tell what the rows hold: every unread count against a COUNT.

Each batch is one statement, and so one snapshot: the system may be in use meanwhile.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.statements import big, fetch, statement
from chatproject.core.times import rfc3339
from messaging.reads.unread import HIGH, LOW, UNREAD

BATCH = 500
FIRST = UUID(int=0)


class Difference(NamedTuple):
    """`stored` is what a counter says, `actual` what the rows do; `user_id` None for a head."""

    what: str
    conversation_id: UUID
    user_id: UUID | None
    stored: Any
    actual: Any

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "conversationId": str(self.conversation_id),
            "userId": self.user_id and str(self.user_id),
            "stored": _plain(self.stored),
            "actual": _plain(self.actual),
        }


class Batch(NamedTuple):
    """How many rows were looked at, and what was wrong with them."""

    looked_at: int
    differences: Sequence[Difference]


# The rule of conversations.visibility, for the person of the open period `p`.
VISIBLE = """
(m.seq >= p.from_seq AND m.seq > p.cleared_seq
 OR EXISTS (SELECT FROM conversations_participant q
            WHERE q.conversation_id = p.conversation_id AND q.user_id = p.user_id
              AND m.seq >= q.from_seq AND m.seq > q.cleared_seq
              AND (q.to_seq IS NULL OR m.seq <= q.to_seq))
 OR c.kind = 'public' AND m.seq >= c.open_from_seq AND NOT EXISTS (
        SELECT FROM conversations_participant q
        WHERE q.conversation_id = p.conversation_id AND q.user_id = p.user_id
          AND m.seq <= q.cleared_seq))
"""

COUNTED = """
SELECT count(*) FROM messaging_message m
WHERE m.conversation_id = p.conversation_id AND m.seq > p.last_read_seq AND {visible}
  AND m.deleted_at IS NULL AND m.kind <> 'system' AND m.sender_id IS DISTINCT FROM p.user_id
  AND NOT EXISTS (
      SELECT FROM messaging_hide h
      WHERE h.conversation_id = m.conversation_id AND h.user_id = p.user_id AND h.seq = m.seq)
"""

# Own messages behind which the pointer stands, and which the index of `sent_behind` does not hold.
UNMARKED = """
SELECT count(*) FROM messaging_message m
WHERE m.conversation_id = p.conversation_id AND m.sender_id = p.user_id
  AND m.seq > p.last_read_seq AND m.kind <> 'system' AND NOT m.sent_behind
"""

PERIODS = statement(
    """
    SELECT p.conversation_id, p.user_id, p.last_read_seq, p.last_delivered_seq,
           p.from_seq - 1, c.last_seq, {unread}, ({counted}), ({unmarked})
    FROM (SELECT * FROM conversations_participant
          WHERE left_at IS NULL AND (conversation_id, user_id) > (%(conversation)s, %(user)s)
          ORDER BY conversation_id, user_id LIMIT %(limit)s) p
    JOIN conversations_conversation c ON c.id = p.conversation_id
    CROSS JOIN LATERAL (
        SELECT p.conversation_id, p.user_id, {low} AS low, {high} AS high OFFSET 0) s
    ORDER BY p.conversation_id, p.user_id
    """,
    unread=UNREAD,
    counted=statement(COUNTED, visible=VISIBLE),
    unmarked=UNMARKED,
    low=LOW,
    high=HIGH,
)

HEADS = """
SELECT c.id, log.number, c.last_seq, log.last_seq, c.last_rev, log.last_rev,
       c.last_at, newest.created_at, c.last_message_at, said.created_at,
       c.member_count, inside.number
FROM (SELECT * FROM conversations_conversation WHERE id > %(after)s ORDER BY id LIMIT %(limit)s) c
CROSS JOIN LATERAL (
    SELECT count(*) AS number, coalesce(max(seq), 0) AS last_seq, coalesce(max(rev), 0) AS last_rev
    FROM messaging_message WHERE conversation_id = c.id) log
LEFT JOIN messaging_message newest
    ON newest.conversation_id = c.id AND newest.seq = log.last_seq
LEFT JOIN LATERAL (
    SELECT created_at FROM messaging_message
    WHERE conversation_id = c.id AND kind <> 'system' ORDER BY seq DESC LIMIT 1) said ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM conversations_participant
    WHERE conversation_id = c.id AND left_at IS NULL) inside
ORDER BY c.id
"""


def check_heads() -> Iterator[Batch]:
    """Every conversation's counters against its log and its periods."""
    after = FIRST
    while rows := fetch(HEADS, {"after": after, "limit": big(BATCH)}):
        yield Batch(len(rows), [found for row in rows for found in _head(*row)])
        after = rows[-1][0]


def check_periods() -> Iterator[Batch]:
    """Every open period's pointers, and its unread count against a COUNT."""
    conversation_id, user_id = FIRST, FIRST
    while rows := fetch(
        PERIODS, {"conversation": conversation_id, "user": user_id, "limit": big(BATCH)}
    ):
        yield Batch(len(rows), [found for row in rows for found in _period(*row)])
        conversation_id, user_id = rows[-1][:2]


def _head(
    conversation_id: UUID,
    number: int,
    last_seq: int,
    seq_there: int,
    last_rev: int,
    rev_there: int,
    *others: Any,
) -> Iterator[Difference]:
    """A rev may stand beyond the last message's: not every change of who is in makes a message."""
    last_at, newest_at, last_message_at, said_at, member_count, inside = others
    if number != seq_there:
        yield Difference("gap", conversation_id, None, seq_there, number)
    if last_rev < rev_there:
        yield Difference("last_rev", conversation_id, None, last_rev, rev_there)
    for what, stored, actual in (
        ("last_seq", last_seq, seq_there),
        ("last_at", last_at, newest_at),
        ("last_message_at", last_message_at, said_at),
        ("member_count", member_count, inside),
    ):
        if stored != actual:
            yield Difference(what, conversation_id, None, stored, actual)


def _period(
    conversation_id: UUID,
    user_id: UUID,
    read: int,
    delivered: int,
    floor: int,
    head: int,
    *counts: int,
) -> Iterator[Difference]:
    unread, counted, unmarked = counts
    if not min(floor, head) <= read <= head:
        yield Difference(
            "last_read_seq", conversation_id, user_id, read, _within(read, floor, head)
        )
    if delivered > head:
        yield Difference("last_delivered_seq", conversation_id, user_id, delivered, head)
    if unmarked:
        yield Difference("sent_behind", conversation_id, user_id, 0, unmarked)
    if unread != counted:
        yield Difference("unread", conversation_id, user_id, unread, counted)


def _within(pointer: int, floor: int, head: int) -> int:
    return min(max(pointer, floor), head)


def _plain(value: Any) -> Any:
    return rfc3339(value) if hasattr(value, "astimezone") else value
