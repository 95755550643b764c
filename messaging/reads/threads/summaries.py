"""Summaries of threads by their roots: replies, and the viewer's read pointer."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import Steps, query, reading
from chatproject.core.db.statements import bigs, fetch, statement
from conversations.visibility import Visibility, sql
from messaging.reads.message_rows import VisibleMessage
from messaging.reads.shards import by_log, of_one
from messaging.reads.threads.rows import (
    Thread,
    own_thread_json,
    thread_column,
    thread_of_column,
    unread_replies,
)

OWN = statement(
    """
    SELECT f.seq, f.is_following, f.last_read_seq,
           CASE WHEN f.is_following AND t.last_seq > f.last_read_seq THEN ({unread}) ELSE 0 END
    FROM messaging_threadfollower f
    LEFT JOIN messaging_thread t ON t.conversation_id = %(conversation)s AND t.seq = f.seq
    WHERE f.conversation_id = %(conversation)s AND f.user_id = %(viewer)s
      AND f.seq = ANY(ARRAY(SELECT unnest(%(seqs)s::bigint[])))
    """,
    unread=unread_replies(sql.CONVERSATION),
)

THREADS = statement(
    """
    SELECT s.conversation_id::text, {thread}
    FROM unnest(%(conversations)s::uuid[], %(seqs)s::bigint[], %(to_revs)s::bigint[])
        AS s(conversation_id, seq, to_rev)
    JOIN messaging_thread t0 ON t0.conversation_id = s.conversation_id AND t0.seq = s.seq
    WHERE {not_hidden}
    """,
    thread=thread_column("s.conversation_id", "s.seq", "s.to_rev"),
    not_hidden=sql.not_hidden("s.seq", "s.conversation_id", sql.VIEWER),
)

SHARED = """
SELECT seq, reply_count, last_at, participant_ids, false, 0, 0 FROM messaging_thread
WHERE conversation_id = %(conversation)s AND seq = ANY(ARRAY(SELECT unnest(%(seqs)s::bigint[])))
ORDER BY seq
"""

NEVER_FOLLOWED = own_thread_json(is_following=False, unread=0, last_read_seq=0)


class Root(NamedTuple):
    """The root of a thread, and the bound up to which its changes show."""

    conversation_id: UUID
    seq: int
    to_rev: int


@reading
def own_threads(
    visibility: Visibility, root_seqs: Collection[int]
) -> Steps[dict[int, dict[str, Any]]]:
    """What the person alone is told of each of the threads; no query without any."""
    if not root_seqs:
        return {}
    params = {
        "conversation": visibility.conversation.pk,
        "viewer": visibility.user_id,
        "seqs": bigs(root_seqs),
    }
    rows = yield from query(OWN, params)
    found = {
        seq: own_thread_json(is_following=following, unread=unread, last_read_seq=read)
        for seq, following, read, unread in rows
    }
    return {seq: found.get(seq, NEVER_FOLLOWED) for seq in root_seqs}


def shared_threads(conversation_id: UUID, root_seqs: Collection[int]) -> list[Thread]:
    """The threads as they are for who sees all their replies, by seq; no query without any."""
    if not root_seqs:
        return []
    rows = fetch(SHARED, {"conversation": conversation_id, "seqs": bigs(root_seqs)})
    return [Thread(*row) for row in rows]


@reading
def threads_of_replies(
    viewer_id: UUID, visibilities: Iterable[Visibility], messages: Sequence[VisibleMessage]
) -> Steps[dict[str, list[dict[str, Any]]]]:
    """By conversation, the threads that the messages are replies in, of which the viewer sees the
    roots: `seq` and what `thread` of the root says. One query, none without replies."""
    wanted: dict[tuple[str, int], None] = {}
    for message in messages:
        conversation_id: Any = message.row["conversation_id"]
        if message.row["thread_seq"] is not None:
            wanted[conversation_id, message.row["thread_seq"]] = None
    if not wanted:
        return {}
    by_id = {str(it.conversation.pk): it for it in visibilities}
    roots = [root for place in wanted if (root := _root(by_id[place[0]], place[1])) is not None]
    places = [root.conversation_id for root in roots]
    params = {
        "viewer": viewer_id,
        "conversations": places,
        "seqs": bigs(root.seq for root in roots),
        "to_revs": bigs(root.to_rev for root in roots),
    }
    if is_distributed():
        rows = yield from by_log(of_one(THREADS), places, params)
    else:
        rows = yield from query(THREADS, params)
    shapes: dict[str, list[dict[str, Any]]] = {}
    for conversation_id, value in rows:
        thread = thread_of_column(value)
        if thread is not None:
            shapes.setdefault(conversation_id, []).append(thread_with_seq(thread))
    return shapes


def thread_with_seq(thread: Thread) -> dict[str, Any]:
    return {"seq": thread.seq, **thread.shared_json(), **thread.own_json()}


def _root(visibility: Visibility, seq: int) -> Root | None:
    span = visibility.span_of(seq)
    return None if span is None else Root(visibility.conversation.pk, seq, span.to_rev)
