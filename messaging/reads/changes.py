"""The changes of logs since given revs, as JSON: as many as fit into an answer."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.readings import Steps, reading, together
from chatproject.core.db.statements import bigs, statement
from conversations.visibility import FOREVER, sql, visibility_of
from messaging.reads.answer_size import fitting, size_params
from messaging.reads.change_keys import (
    Changes,
    ChangesRequest,
    fetch_of_logs,
    find_changes,
    reset,
)
from messaging.reads.message_rows import (
    OF_MANY,
    OF_ONE,
    Select,
    VisibleMessage,
    message_from_row,
    viewer_json,
)
from messaging.reads.people import people_in
from messaging.reads.threads.summaries import threads_of_replies
from messaging.reads.watermarks import watermarks_for

# Rows that have moved on since their keys were read wait for the next call (see change_keys).
ROWS = """
    SELECT {columns}, s.number, s.is_restored
    FROM unnest(
        %(conversations)s::uuid[], %(seqs)s::bigint[], %(to_revs)s::bigint[], %(untils)s::bigint[],
        %(numbers)s::bigint[], %(are_restored)s::boolean[]
    ) AS s(conversation_id, seq, to_rev, until, number, is_restored)
    JOIN messaging_message m ON m.conversation_id = {conversation} AND m.seq = s.seq
        AND (m.rev <= s.until OR s.to_rev < {forever})
    {joins}
    OFFSET 0
"""


def _statement(conversation: str, select: Select) -> str:
    rows = statement(
        ROWS,
        columns=select.columns,
        joins=select.joins,
        conversation=conversation,
        forever=str(FOREVER),
    )
    return fitting(rows, order="is_restored, number", group="PARTITION BY is_restored")


OF_ONE_LOG = _statement(sql.CONVERSATION, OF_ONE)
OF_MANY_LOGS = _statement("s.conversation_id", OF_MANY)


class ChangedMessages(NamedTuple):
    """The changes as far as they fit, their messages as JSON by conversation in the order of rev,
    the threads that replies among them are in, and the people in them."""

    changes: Sequence[Changes]
    messages: dict[str, list[dict[str, Any]]]
    threads: dict[str, list[dict[str, Any]]]
    people: list[dict[str, Any]]


class _Row(NamedTuple):
    """A message that fits, by the number of its key among all keys; whether another one of its
    kind, restored or not, follows it."""

    message: VisibleMessage
    number: int
    is_restored: bool
    goes_on: bool


@reading
def changes_since(
    *, conversation_id: UUID, viewer_id: UUID, since: int, limit: int
) -> Steps[dict[str, Any]]:
    """`results` in the order of rev, `threads` of the replies among them, `throughRev` to ask on
    from, `more`, `reset`, `people`.

    Raises ConversationNotFound.
    """
    visibility = yield from visibility_of.steps(conversation_id, viewer_id)
    requests = [ChangesRequest(visibility, since)]
    found = yield from find_changes.steps(viewer_id, requests, limit=limit)
    changed = yield from read_changes.steps(viewer_id, found)
    return {**answer_of(changed.changes[0], changed), "people": changed.people}


def answer_of(found: Changes, changed: ChangedMessages) -> dict[str, Any]:
    """What is answered of one conversation."""
    conversation_id = str(found.visibility.conversation.pk)
    return {
        "results": changed.messages.get(conversation_id, []),
        "threads": changed.threads.get(conversation_id, []),
        "throughRev": found.through,
        "memberRev": min(found.visibility.conversation.member_rev, found.visibility.rev),
        "more": found.more,
        "reset": found.reset,
    }


@reading
def read_changes(viewer_id: UUID, changes: Sequence[Changes]) -> Steps[ChangedMessages]:
    """The messages of the changes, in their order, as many as fit into an answer; three queries at
    most for all of them."""
    rows = yield from _fetch_rows(viewer_id, changes)
    starts = accumulate((len(one.keys) for one in changes), initial=0)
    last = {row.is_restored: row for row in rows}
    ends = {it.is_restored: it.number for it in last.values() if it.goes_on}
    kept = [_cut(one, start, ends) for one, start in zip(changes, starts, strict=False)]
    wanted = {(str(one.visibility.conversation.pk), key.seq) for one in kept for key in one.keys}
    messages = [row.message for row in rows]
    shown = [it for it in messages if _place(it) in wanted]
    return (yield from _as_json(viewer_id, kept, shown))


def _fetch_rows(viewer_id: UUID, changes: Sequence[Changes]) -> Steps[list[_Row]]:
    keys = [(found.visibility.conversation, key) for found in changes for key in found.keys]
    if not keys:
        return []
    rows = yield from fetch_of_logs(
        OF_ONE_LOG,
        OF_MANY_LOGS,
        [head.pk for head, _ in keys],
        {
            "viewer": viewer_id,
            "untils": bigs(head.last_rev for head, _ in keys),
            "seqs": bigs(key.seq for _, key in keys),
            "to_revs": bigs(key.to_rev for _, key in keys),
            "numbers": bigs(range(len(keys))),
            "are_restored": [not key.at for _, key in keys],
            **size_params(),
        },
    )
    return [_row(row) for row in rows]


def _row(row: Sequence[Any]) -> _Row:
    *message, number, is_restored, _total, _place, goes_on = row
    return _Row(message_from_row(message), number, is_restored, bool(goes_on))


def _place(message: VisibleMessage) -> tuple[str, int]:
    conversation_id: Any = message.row["conversation_id"]
    return conversation_id, message.row["seq"]


def _cut(one: Changes, start: int, ends: Mapping[bool, int]) -> Changes:
    """Without what does not fit: the keys, numbered from `start` on, behind the last that does, by
    whether they are restored. It comes with the next call; restored ones cannot, since they belong
    to one page."""
    numbered = list(enumerate(one.keys, start))
    if any(not key.at and number > ends.get(True, number) for number, key in numbered):
        return reset(one.visibility, one.since)
    cut = [key for number, key in numbered if key.at and number > ends.get(False, number)]
    if not cut:
        return one
    placed = [key for key in one.keys if key.at and key.at < cut[0].at]
    through = placed[-1].at if placed else one.since
    restored = [key for key in one.keys if not key.at and one.since < key.to_rev <= through]
    return one._replace(keys=[*placed, *restored], through=through, more=True)


def _as_json(
    viewer_id: UUID, changes: Sequence[Changes], found: Sequence[VisibleMessage]
) -> Steps[ChangedMessages]:
    messages = sorted(found, key=lambda message: (message.row["rev"], message.row["seq"]))
    visibilities = [one.visibility for one in changes]
    watermarks, (threads, people) = yield from together(
        watermarks_for.steps(viewer_id, visibilities, messages),
        together(
            threads_of_replies.steps(viewer_id, visibilities, messages), people_in.steps(messages)
        ),
    )
    shapes: dict[str, list[dict[str, Any]]] = {}
    for message in messages:
        conversation_id, _ = _place(message)
        shape = viewer_json(message, watermarks.get(conversation_id))
        shapes.setdefault(conversation_id, []).append(shape)
    return ChangedMessages(changes, shapes, threads, people)
