"""Threads: the replies under a message by pages, and those that somebody follows.

A reply is seen by the one rule, by its own seq. A thread opens to who sees its root or any of its
replies; where one does not see the root (hidden, or from before one came) it is null.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.readings import Steps, query, reading, together
from chatproject.core.db.statements import big, fetch, statement
from conversations.visibility import Visibility, sql, visibilities_of, visibility_of
from messaging.errors import MessageNotFound
from messaging.reads.answer_size import fitting, goes_on, size_params
from messaging.reads.consistency import read_consistently
from messaging.reads.history import PageAnchor, Rows, rows_at
from messaging.reads.message_rows import OF_MANY, VisibleMessage, message_from_row, viewer_json
from messaging.reads.page import page_of_rows
from messaging.reads.people import people_in
from messaging.reads.thread_rows import (
    Thread,
    thread_column,
    thread_of_column,
    unread_replies,
)
from messaging.reads.thread_summaries import own_threads
from messaging.reads.watermarks import watermarks_for
from messaging.reads.window import replies_to, window

# The seq of the last reply, or of the root while there is none; and whether one sees a reply.
FIND = statement(
    """
    SELECT coalesce(t.last_seq, m.seq), EXISTS (
        SELECT FROM {spans} JOIN messaging_message r
          ON r.conversation_id = %(conversation)s AND r.thread_seq = m.seq AND {in_span})
    FROM messaging_message m
    LEFT JOIN messaging_thread t ON t.conversation_id = %(conversation)s AND t.seq = m.seq
    WHERE m.conversation_id = %(conversation)s AND m.seq = %(seq)s
      AND m.kind <> 'system' AND m.thread_seq IS NULL
      AND (m.deleted_at IS NULL OR t.seq IS NOT NULL)
    """,
    spans=sql.SPANS,
    in_span=sql.in_span("r.seq"),
)

FOLLOWED = """
WITH followed AS MATERIALIZED (
    SELECT f.conversation_id, f.seq, t.last_at,
           t.last_seq > f.last_read_seq AND ({unread}) > 0 AS is_unread
    FROM messaging_threadfollower f
    JOIN messaging_thread t ON t.conversation_id = f.conversation_id AND t.seq = f.seq
    WHERE f.user_id = %(viewer)s AND f.is_following AND t.reply_count > 0 AND {is_inside}
), page AS MATERIALIZED (
    SELECT * FROM followed
    WHERE NOT %(only_unread)s OR is_unread
    ORDER BY is_unread DESC, last_at DESC, conversation_id DESC, seq DESC
), scope AS MATERIALIZED (
    SELECT * FROM {spans_of} s
)
SELECT {columns}, {thread} AS whole_thread, k.conversation_id, k.seq AS root_seq,
       k.is_unread, k.last_at AS thread_at,
       (SELECT count(*) FROM followed WHERE is_unread) AS number_unread,
       row_number() OVER (
           ORDER BY k.is_unread DESC, k.last_at DESC, k.conversation_id DESC, k.seq DESC) AS number
FROM (
    SELECT * FROM page
    WHERE (is_unread, last_at, conversation_id, seq) < (
              %(is_unread)s, %(at)s::timestamptz, %(last)s::uuid, %(seq)s::bigint)
    LIMIT %(limit)s
) k
LEFT JOIN LATERAL (
    SELECT m.*, s.to_rev FROM messaging_message m
    CROSS JOIN LATERAL (
        SELECT max(s.to_rev) AS to_rev FROM scope s
        WHERE s.conversation_id = k.conversation_id AND {in_span} HAVING count(*) > 0) s
    WHERE m.conversation_id = k.conversation_id AND m.seq = k.seq AND {not_hidden}
) m ON true
CROSS JOIN LATERAL (SELECT coalesce(m.to_rev, 0) AS to_rev) s
{joins}
OFFSET 0
"""
LIST = fitting(
    statement(
        FOLLOWED,
        unread=unread_replies("f.conversation_id"),
        is_inside=sql.has_period("f.conversation_id", sql.VIEWER, sql.is_open("q")),
        spans_of=sql.spans_of(sql.VIEWER),
        in_span=sql.in_span("m.seq"),
        thread=thread_column("k.conversation_id", "k.seq", "s.to_rev"),
        **OF_MANY._asdict(),
    ),
    order="number",
)


class Key(NamedTuple):
    """The place of a thread among those that somebody follows: unread ones first, then by the last
    reply."""

    is_unread: bool
    at: datetime
    conversation_id: UUID
    seq: int


BEFORE_ALL = Key(True, datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1), 0)


class Followed(NamedTuple):
    """Threads as JSON, the key to go on from (None when nothing is left), how many of all that are
    followed have something unread, and the people in the roots."""

    threads: list[dict[str, Any]]
    key: Key | None
    unread: int
    people: list[dict[str, Any]]


@reading
def find_thread(conversation_id: UUID, user_id: UUID, seq: int) -> Steps[tuple[Visibility, int]]:
    """The seq of the last reply too, or of the root while there is none.

    Raises ConversationNotFound, and MessageNotFound for what is no thread that the person sees.
    """
    visibility = yield from visibility_of.steps(conversation_id, user_id)
    return visibility, (yield from _find(visibility, seq))


@reading
def thread_page(
    *, conversation_id: UUID, viewer_id: UUID, seq: int, anchor: PageAnchor, limit: int
) -> Steps[dict[str, Any]]:
    """A page of the replies as JSON, as `history_page` gives one of the timeline; beside it the
    `root`, null where the person does not see it, and `thread`, their own state of it.

    Raises as `find_thread` does.
    """
    found: list[tuple[Sequence[VisibleMessage], Rows]] = []

    def read(visibility: Visibility) -> Steps[Sequence[VisibleMessage]]:
        yield from _find(visibility, seq)
        root, rows = yield from together(
            window.steps(visibility, seq, seq, limit=1, newest_first=True, parts=2),
            rows_at(visibility, anchor, limit, replies_to(seq)),
        )
        found.append((root.messages, rows))
        return [*root.messages, *rows.rows]

    visibility, _ = yield from read_consistently.steps(conversation_id, viewer_id, read)
    root, rows = found[-1]
    page, (own, watermarks) = yield from together(
        page_of_rows(visibility, *rows, beside=root),
        together(
            own_threads.steps(visibility, [seq]),
            watermarks_for.steps(viewer_id, [visibility], root),
        ),
    )
    root_watermarks = watermarks.get(str(conversation_id))
    return {
        "root": viewer_json(root[0], root_watermarks) if root else None,
        "thread": own[seq],
        **page,
    }


def list_threads(*, user_id: UUID, after: Key | None, limit: int, only_unread: bool) -> Followed:
    """The next `limit` of the threads that the person follows in conversations that they are in,
    fewer where their roots are large; unread ones first, then by the last reply. Those without a
    reply are left out."""
    start = after or BEFORE_ALL
    rows = fetch(
        LIST,
        {
            "viewer": user_id,
            "only_unread": only_unread,
            "is_unread": start.is_unread,
            "at": start.at,
            "last": start.conversation_id,
            "seq": big(start.seq),
            "limit": big(limit + 1),
            **size_params(),
        },
    )
    taken = rows[:limit]
    roots = [None if row[0] is None else message_from_row(row[:_ADDED]) for row in taken]
    visible = [root for root in roots if root is not None]
    visibilities = visibilities_of(user_id, {row[_ADDED + 1] for row in taken})
    watermarks = watermarks_for(user_id, list(visibilities.values()), visible)
    return Followed(
        [
            _thread_json(row, root and viewer_json(root, watermarks.get(str(row[_ADDED + 1]))))
            for row, root in zip(taken, roots, strict=True)
        ],
        _key(taken[-1]) if goes_on(rows, len(taken)) else None,
        taken[0][_ADDED + 5] if taken else 0,
        people_in(visible),
    )


# From the end of a row: the thread, its conversation, seq, whether unread and when, how many are
# unread, its number; and what `fitting` adds.
_ADDED = -10


def _thread_json(row: Sequence[Any], root: dict[str, Any] | None) -> dict[str, Any]:
    seq = row[_ADDED + 2]
    # Of a thread that goes on where one sees nothing of it, nothing is told.
    thread = thread_of_column(row[_ADDED]) or Thread(seq, 0, None, (), True, 0, 0)
    return {
        "conversationId": str(row[_ADDED + 1]),
        "seq": thread.seq,
        "thread": {**thread.shared_json(), **thread.own_json()},
        "root": root,
    }


def _key(row: Sequence[Any]) -> Key:
    conversation_id, seq, is_unread, at = row[_ADDED + 1 : _ADDED + 5]
    return Key(is_unread, at, conversation_id, seq)


def _find(visibility: Visibility, seq: int) -> Steps[int]:
    if seq > visibility.conversation.last_seq:
        raise MessageNotFound
    rows = yield from query(
        FIND,
        {
            "conversation": visibility.conversation.pk,
            "seq": big(seq),
            **sql.span_params(visibility.spans),
        },
    )
    if not rows or not (visibility.covers(seq) or rows[0][1]):
        raise MessageNotFound
    return int(rows[0][0])
