"""Threads: the replies under a message by pages, and those that somebody follows.

A reply is seen by the one rule, by its own seq. A thread opens to who sees its root or any of its
replies; where one does not see the root (hidden, or from before one came) it is null.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chatproject.core.db.readings import Steps, query, reading, together
from chatproject.core.db.statements import big, statement
from conversations.visibility import Visibility, sql, visibility_of
from messaging.errors import MessageNotFound
from messaging.reads.consistency import read_consistently
from messaging.reads.history import PageAnchor, Rows, rows_at
from messaging.reads.message_rows import VisibleMessage, viewer_json
from messaging.reads.page import page_of_rows
from messaging.reads.threads.summaries import own_threads
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
