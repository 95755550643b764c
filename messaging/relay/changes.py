"""Reads what has changed in logs since the relay's cursors, in one statement: one snapshot."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import read
from chatproject.core.db.statements import big, bigs, fetch, statement
from messaging.reads.shards import by_places, of_one_shard

BATCH = 500  # messages at once
TOGETHER = 200  # conversations at once

# A log that was begun anew (after a restore) is published from its beginning.
CHANGED = statement(
    """
    SELECT h.id, h.was, h.seq, h.last_rev, h.last_seq, h.kind, h.member_count, h.is_locked, h.at,
           m.seq, m.rev, m.id, m.sender_id, m.kind, m.body, m.meta, m.reply_to_seq, m.thread_seq,
           m.created_at, m.edited_at, m.deleted_at, m.deleted_by_id, m.pinned_at,
           m.reaction_count, m.files
    FROM (
        SELECT c.id, coalesce(s.rev, 0) AS was, c.last_rev, c.last_seq, c.kind, c.member_count,
               c.locked_at IS NOT NULL AS is_locked, coalesce(c.last_at, c.created_at) AS at,
               CASE WHEN s.rev > c.last_rev THEN 0 ELSE coalesce(s.rev, 0) END AS since,
               CASE WHEN s.rev > c.last_rev THEN 0 ELSE coalesce(s.seq, 0) END AS seq
        FROM unnest(%(ids)s::uuid[]) AS w(id) JOIN conversations_conversation c ON c.id = w.id
        LEFT JOIN messaging_relaycursor s ON s.conversation_id = c.id
        WHERE c.last_rev <> coalesce(s.rev, 0)
    ) h
    LEFT JOIN LATERAL (
        SELECT m.*, (
            SELECT count(*) FROM messaging_reaction r
            WHERE r.conversation_id = h.id AND r.seq = m.seq AND r.removed_rev IS NULL
        ) AS reaction_count, CASE WHEN m.kind IN ('image', 'file') THEN (
            SELECT json_agg(json_build_array(a.id, a.content_type, a.size, a.name)
                            ORDER BY a.position)
            FROM attachments_attachment a WHERE a.conversation_id = h.id AND a.seq = m.seq
        ) END AS files
        FROM messaging_message m
        WHERE m.conversation_id = h.id AND m.rev > h.since AND m.rev <= h.last_rev
        ORDER BY m.rev LIMIT %(share)s
    ) m ON true
    ORDER BY h.id, m.rev
    """
)
CHANGED_ON_SHARD = of_one_shard(CHANGED)
MOVE = """
INSERT INTO messaging_relaycursor AS s (conversation_id, rev, seq)
SELECT * FROM unnest(%(ids)s::uuid[], %(revs)s::bigint[], %(seqs)s::bigint[])
ON CONFLICT (conversation_id) DO UPDATE SET rev = excluded.rev, seq = excluded.seq
RETURNING 1
"""
SKIP_HISTORY = """
INSERT INTO messaging_relaycursor (conversation_id, rev, seq)
SELECT id, last_rev, last_seq FROM conversations_conversation
ON CONFLICT (conversation_id) DO NOTHING RETURNING 1
"""


class Head(NamedTuple):
    """A conversation as it stands, and the relay's cursor in its log. `seq` bounds the messages
    that the stream has had; see RelayCursor."""

    id: UUID
    was: int
    seq: int
    last_rev: int
    last_seq: int
    kind: str
    member_count: int
    is_locked: bool
    at: datetime


class ChangedMessage(NamedTuple):
    """A message as it stands at its last rev. `files` are (id, type, bytes, name)."""

    seq: int
    rev: int
    id: UUID
    sender_id: UUID | None
    kind: str
    body: str
    meta: Mapping[str, Any] | None
    reply_to_seq: int | None
    thread_seq: int | None
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    deleted_by_id: UUID | None
    pinned_at: datetime | None
    reaction_count: int
    files: Sequence[Sequence[Any]] | None


class LogChanges(NamedTuple):
    """The next changes of one log, in the order of rev; whether they reach its head."""

    head: Head
    messages: Sequence[ChangedMessage]
    is_whole: bool

    @property
    def has_bare_rev(self) -> bool:
        """Whether the head's rev belongs to no message: a membership that a large conversation does
        not tell, for instance."""
        last = self.messages[-1].rev if self.messages else 0
        return self.is_whole and last < self.head.last_rev


def read_changes(ids: Iterable[UUID]) -> list[LogChanges]:
    """Of the conversations that have more than the cursors; BATCH messages at most, and more only
    if there are more conversations."""
    wanted = list(ids)[:TOGETHER]
    if not wanted:
        return []
    share = max(1, BATCH // len(wanted))
    params = {"ids": wanted, "share": big(share)}
    if is_distributed():
        rows = read(by_places(CHANGED_ON_SHARD, wanted, params))
    else:
        rows = fetch(CHANGED, params)
    found = []
    for head, own in groupby(rows, key=lambda row: Head._make(row[: len(Head._fields)])):
        parts = (row[len(Head._fields) :] for row in own)
        messages = [ChangedMessage._make(part) for part in parts if part[0] is not None]
        is_whole = len(messages) < share or messages[-1].rev == head.last_rev
        found.append(LogChanges(head, messages, is_whole))
    return found


def move_cursors(changes: Sequence[LogChanges]) -> None:
    """Notes that the broker has the changes."""
    revs = [one.head.last_rev if one.is_whole else one.messages[-1].rev for one in changes]
    seqs = [one.head.last_seq if one.is_whole else one.head.seq for one in changes]
    if changes:
        ids = [one.head.id for one in changes]
        fetch(MOVE, {"ids": ids, "revs": bigs(revs), "seqs": bigs(seqs)})


def skip_history() -> int:
    """Sets the cursors of logs that have none to their heads; how many there were."""
    return len(fetch(SKIP_HISTORY, {}))
