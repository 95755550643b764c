"""The threads that somebody follows in conversations that they are in."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import Rows, Steps, query, reading
from chatproject.core.db.statements import big, bigs, statement
from conversations.visibility import Visibility, sql, visibilities_of
from messaging.reads import shards
from messaging.reads.answer_size import fitting, goes_on, size_params
from messaging.reads.message_rows import OF_MANY, OF_ONE, message_from_row, viewer_json
from messaging.reads.people import people_in
from messaging.reads.threads.rows import Thread, thread_column, thread_of_column, unread_replies
from messaging.reads.watermarks import watermarks_for

FOLLOWED = statement(
    """
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
    )
    """,
    unread=unread_replies("f.conversation_id"),
    is_inside=sql.has_period("f.conversation_id", sql.VIEWER, sql.is_open("q")),
)
FROM_KEY = """
(
    SELECT * FROM page
    WHERE (is_unread, last_at, conversation_id, seq) < (
              %(is_unread)s, %(at)s::timestamptz, %(last)s::uuid, %(seq)s::bigint)
    LIMIT %(limit)s
) k
"""
KEY = """
k.conversation_id, k.seq AS root_seq, k.is_unread, k.last_at AS thread_at,
(SELECT count(*) FROM followed WHERE is_unread) AS number_unread,
row_number() OVER (
    ORDER BY k.is_unread DESC, k.last_at DESC, k.conversation_id DESC, k.seq DESC) AS number
"""
# Of threads `k` the roots, NULL where one does not see them, and what is told of the threads.
ROOTS = """
SELECT {columns}, {thread} AS whole_thread, {key}
FROM {keys}
LEFT JOIN LATERAL (
    SELECT m.*, s.to_rev FROM messaging_message m
    CROSS JOIN LATERAL ({span}) s
    WHERE m.conversation_id = {conversation} AND m.seq = k.seq AND {not_hidden}
) m ON true
CROSS JOIN LATERAL (SELECT coalesce(m.to_rev, 0) AS to_rev) s
{joins}
OFFSET 0
"""
SPAN = """
SELECT max(s.to_rev) AS to_rev FROM scope s
WHERE s.conversation_id = k.conversation_id AND {in_span} HAVING count(*) > 0
"""
LIST = fitting(
    statement(
        f"{FOLLOWED}, scope AS MATERIALIZED (SELECT * FROM {{spans_of}} s) {ROOTS}",  # noqa: S608
        spans_of=sql.spans_of(sql.VIEWER),
        thread=thread_column("k.conversation_id", "k.seq", "s.to_rev"),
        key=KEY,
        keys=FROM_KEY,
        conversation="k.conversation_id",
        span=statement(SPAN, in_span=sql.in_span("m.seq")),
        **OF_MANY._asdict(),
    ),
    order="number",
)

# On a distributed database all nodes are asked for the threads, and then the node of each
# conversation on the page for its roots.
KEYS = statement(f"{FOLLOWED} SELECT {KEY} FROM {FROM_KEY}")  # noqa: S608 (constants)
ROOTS_OF_ONE = fitting(
    statement(
        ROOTS,
        thread=thread_column(sql.CONVERSATION, "k.seq", "s.to_rev"),
        key=f"""
        {sql.CONVERSATION}::uuid AS conversation_id, k.seq AS root_seq, k.is_unread,
        k.last_at AS thread_at, k.number_unread, k.number
        """,
        keys="""
        unnest(%(seqs)s::bigint[], %(are_unread)s::boolean[], %(times)s::timestamptz[],
               %(numbers_unread)s::bigint[], %(numbers)s::bigint[])
        AS k(seq, is_unread, last_at, number_unread, number)
        """,
        conversation=sql.CONVERSATION,
        span=shards.SPAN,
        **OF_ONE._asdict(),
    ),
    order="number",
    group="PARTITION BY number",
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
def list_threads(
    *, user_id: UUID, after: Key | None, limit: int, only_unread: bool
) -> Steps[Followed]:
    """The next `limit` of the threads that the person follows in conversations that they are in,
    fewer where their roots are large; unread ones first, then by the last reply. Those without a
    reply are left out."""
    start = after or BEFORE_ALL
    rows, visibilities = yield from _rows(
        user_id,
        {
            "viewer": user_id,
            "only_unread": only_unread,
            "is_unread": start.is_unread,
            "at": start.at,
            "last": start.conversation_id,
            "seq": big(start.seq),
            "limit": big(limit + 1),
        },
    )
    taken = rows[:limit]
    roots = [None if row[0] is None else message_from_row(row[:_ADDED]) for row in taken]
    visible = [root for root in roots if root is not None]
    watermarks = yield from watermarks_for.steps(user_id, list(visibilities.values()), visible)
    return Followed(
        [
            _thread_json(row, root and viewer_json(root, watermarks.get(str(row[_ADDED + 1]))))
            for row, root in zip(taken, roots, strict=True)
        ],
        _key(taken[-1]) if goes_on(rows, len(taken)) else None,
        taken[0][_ADDED + 5] if taken else 0,
        (yield from people_in.steps(visible)),
    )


# From the end of a row: the thread, its conversation, seq, whether unread and when, how many are
# unread, its number; and what `fitting` adds.
_ADDED = -10


def _rows(
    user_id: UUID, params: Mapping[str, Any]
) -> Steps[tuple[Rows, Mapping[UUID, Visibility]]]:
    """The threads that fit, and what the person sees of their conversations."""
    if is_distributed():
        keys = yield from query(KEYS, params)
        visibilities = yield from visibilities_of.steps(user_id, {key[0] for key in keys})
        return (yield from _on_shards(user_id, keys, visibilities)), visibilities
    rows = yield from query(LIST, {**params, **size_params()})
    ids = {row[_ADDED + 1] for row in rows}
    return rows, (yield from visibilities_of.steps(user_id, ids))


def _on_shards(user_id: UUID, keys: Rows, visibilities: Mapping[UUID, Visibility]) -> Steps[Rows]:
    """As LIST answers, of the threads in `keys`."""
    if not keys:
        return []
    places, seqs, are_unread, times, numbers_unread, numbers = zip(*keys, strict=True)
    size = size_params()
    rows = yield from shards.by_log(
        ROOTS_OF_ONE,
        places,
        {
            "viewer": user_id,
            "seqs": bigs(seqs),
            "are_unread": list(are_unread),
            "times": list(times),
            "numbers_unread": bigs(numbers_unread),
            "numbers": bigs(numbers),
            **size,
        },
        visibilities=visibilities,
    )
    return shards.merged(rows, int(size["answer_bytes"]), lambda row: row[_ADDED + 6])


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
