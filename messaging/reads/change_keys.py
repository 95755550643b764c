"""Which messages have changed since a rev: one index range a conversation, whatever the absence.

A message counts once, at its last rev. A person who left gets the changes up to `to_rev`, and later
deletions of messages that they see. Messages that were changed in another way afterwards may have
been changed before, too: they come with the page that passes `to_rev`, as they were then. So do
pinned messages, since only members see pins.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.readings import Rows, Steps, query, reading
from chatproject.core.db.statements import big, bigs, statement
from conversations.models import Conversation
from conversations.visibility import FOREVER, Visibility, sql
from messaging.reads.message_rows import OF_MANY, OF_ONE
from messaging.reads.shards import by_log

# With more changes after a leaving than these, the client has to load the conversation again.
MAX_LATER_REVS = 5000
MAX_RESTORED = 200

# A message's rev is never less than its seq, which spares who came late the revs before.
# `until` is the last rev of the visibility: later changes come with the next call, if they may be
# seen then. `at` is the rev by which a row is ordered, 0 for one that goes with `to_rev`.
KEYS = """
    SELECT s.request, s.to_rev, m.seq, m.at
    FROM unnest(
        %(requests)s::bigint[], %(conversations)s::uuid[], %(sinces)s::bigint[],
        %(untils)s::bigint[], %(froms)s::bigint[], %(tos)s::bigint[], %(to_revs)s::bigint[],
        %(restore)s::boolean[]
    ) AS s(request, conversation_id, since, until, from_seq, to_seq, to_rev, restores)
    CROSS JOIN LATERAL (
        (SELECT m.seq, m.rev AS at FROM messaging_message m
         WHERE m.conversation_id = {conversation}
           AND m.rev > greatest(s.since, s.from_seq - 1) AND m.rev <= least(s.to_rev, s.until)
           AND {in_span} AND {not_hidden}
         ORDER BY m.rev LIMIT %(limit)s)
        UNION ALL
        (SELECT m.seq, m.rev FROM messaging_message m
         WHERE s.to_rev < {forever} AND m.conversation_id = {conversation}
           AND {in_span}
           AND {never_unread} AND m.deleted_at IS NOT NULL
           AND m.rev > greatest(s.since, s.to_rev) AND m.rev <= s.until AND {not_hidden}
         ORDER BY m.rev LIMIT %(limit)s)
        UNION ALL
        (SELECT m.seq, 0 FROM messaging_message m
         WHERE s.restores AND m.conversation_id = {conversation}
           AND m.rev > s.to_rev AND m.rev <= s.until AND m.deleted_at IS NULL
           AND {in_span} AND {not_hidden}
         LIMIT {most_restored})
        UNION ALL
        (SELECT m.seq, 0 FROM messaging_message m
         WHERE s.restores AND m.conversation_id = {conversation}
           AND m.pinned_at IS NOT NULL AND m.rev <= least(s.since, s.to_rev)
           AND {in_span} AND {not_hidden})
    ) m
"""


def _statement(conversation: str, not_hidden: str) -> str:
    return statement(
        KEYS,
        conversation=conversation,
        not_hidden=not_hidden,
        in_span=sql.in_span("m.seq"),
        never_unread=sql.never_unread(),  # its partial index finds the deleted ones
        forever=str(FOREVER),
        most_restored=str(MAX_RESTORED + 1),
    )


OF_ONE_LOG = _statement(sql.CONVERSATION, OF_ONE.not_hidden)
OF_MANY_LOGS = _statement("s.conversation_id", OF_MANY.not_hidden)


class ChangesRequest(NamedTuple):
    """What is asked of one conversation: the changes after the rev `since`."""

    visibility: Visibility
    since: int


class ChangeKey(NamedTuple):
    """A changed message: the rev that orders it, and the bound up to which changes show."""

    at: int
    seq: int
    to_rev: int


class Changes(NamedTuple):
    """The next changes of one conversation after `since`, ascending, those that go with a `to_rev`
    last; after them a client stands at `through`.

    `reset` says that it has to load the conversation anew instead.
    """

    visibility: Visibility
    since: int
    keys: Sequence[ChangeKey]
    through: int
    more: bool = False
    reset: bool = False


def reset(visibility: Visibility, since: int) -> Changes:
    """The client has to load the conversation again."""
    return Changes(visibility, since, [], through=max(visibility.rev, since), reset=True)


@reading
def find_changes(
    viewer_id: UUID, requests: Sequence[ChangesRequest], *, limit: int
) -> Steps[list[Changes]]:
    """The next `limit` changes of each; one query for all."""
    keys: list[list[ChangeKey]] = [[] for _ in requests]
    for request, to_rev, seq, at in (yield from _fetch_keys(viewer_id, requests, limit)):
        keys[request].append(ChangeKey(at, seq, to_rev))
    return [_next_changes(one, found, limit) for one, found in zip(requests, keys, strict=True)]


def fetch_of_logs(
    of_one: str, of_many: str, conversations: Sequence[UUID], params: Mapping[str, Any]
) -> Steps[Rows]:
    """Uses the statement for one conversation if there is only one."""
    first, *others = set(conversations)
    if others and is_distributed():
        size = params.get("answer_bytes")
        columns = {"conversations": list(conversations), **params}
        return (yield from by_log(of_one, conversations, columns, size and int(size)))
    given = {"conversation": first, "conversations": conversations, **params}
    return (yield from query(of_many if others else of_one, given))


def _fetch_keys(viewer_id: UUID, requests: Sequence[ChangesRequest], limit: int) -> Steps[Rows]:
    """(index in `requests`, to_rev, seq, at) of one more than `limit` for each span."""
    parts = [
        (request, one.visibility.conversation, one.since, span)
        for request, one in enumerate(requests)
        if one.since <= one.visibility.conversation.last_rev
        for span in one.visibility.spans
    ]
    if not parts:
        return []
    rows = yield from fetch_of_logs(
        OF_ONE_LOG,
        OF_MANY_LOGS,
        [head.pk for _, head, _, _ in parts],
        {
            "viewer": viewer_id,
            "requests": bigs(request for request, _, _, _ in parts),
            "sinces": bigs(since for _, _, since, _ in parts),
            "untils": bigs(head.last_rev for _, head, _, _ in parts),
            "froms": bigs(span.from_seq for _, _, _, span in parts),
            "tos": bigs(span.to_seq for _, _, _, span in parts),
            "to_revs": bigs(span.to_rev for _, _, _, span in parts),
            "restore": [
                since < span.to_rev and _may_restore(head, span.to_rev)
                for _, head, since, span in parts
            ],
            "limit": big(limit + 1),
        },
    )
    return rows


def _may_restore(head: Conversation, to_rev: int) -> bool:
    return to_rev < FOREVER and head.last_rev - to_rev <= MAX_LATER_REVS


def _next_changes(request: ChangesRequest, keys: Sequence[ChangeKey], limit: int) -> Changes:
    visibility, since = request
    head = visibility.conversation
    if since > head.last_rev or since < visibility.reopened_rev:
        # Of another log, such as before a backup was restored; or a part of the log is live again.
        return Changes(visibility, since, [], visibility.rev, reset=True)
    if since < head.archived_rev and _reaches_files(visibility):
        # Some of it may be in files, which are in the order of seq.
        return reset(visibility, since)
    placed = sorted(key for key in keys if key.at)
    page, more = placed[:limit], len(placed) > limit
    last = page[-1].at if page else 0
    through = last if more else max(since, visibility.rev, last)
    passed = {
        s.to_rev for s in visibility.spans if since < s.to_rev <= through and s.to_rev < FOREVER
    }
    restored = [key for key in keys if not key.at and key.to_rev in passed]
    if len(restored) > MAX_RESTORED or not all(_may_restore(head, rev) for rev in passed):
        return reset(visibility, since)
    return Changes(visibility, since, list(chain(page, restored)), through, more)


def _reaches_files(visibility: Visibility) -> bool:
    border = visibility.conversation.archived_seq
    return any(span.from_seq <= border for span in visibility.spans)
