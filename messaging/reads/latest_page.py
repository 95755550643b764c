"""The last page of a log from the cache, for who sees everything that comes."""

import sys
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from chatproject.core import metrics
from chatproject.core.db.readings import Steps, query, reading, together
from chatproject.core.db.statements import bigs
from conversations.visibility import FOREVER, Visibility
from messaging.reads.latest_page_cache import (
    PAGE,
    SIZE,
    CachedMessage,
    CachedPage,
    latest_pages,
    memory_of,
)
from messaging.reads.message_rows import VisibleMessage, newest_rev, shared_json
from messaging.reads.page import MessagePage, PageMessage, page_json, watermarks_of
from messaging.reads.people import MAX_PEOPLE, named_in
from messaging.reads.thread_summaries import own_threads
from messaging.reads.window import newest
from messaging.wire import MessageRow

# Of a sent message that is not made yet: the row without its text, and what refers to it.
ROW_BYTES = 2_000

# What moves no rev: what people are called, and what the viewer has hidden.
NAMES_AND_HIDES = """
SELECT id::text, name, is_bot, NULL::bigint FROM accounts_user WHERE id = ANY(%(ids)s::uuid[])
UNION ALL
SELECT NULL, NULL, NULL, seq FROM messaging_hide
WHERE conversation_id = %(conversation)s AND user_id = %(viewer)s AND seq = ANY(%(seqs)s)
"""


@reading
def latest_page(visibility: Visibility, limit: int) -> Steps[dict[str, Any] | None]:
    """The page as JSON; None where it has to be read from rows.

    For who sees the log from one seq on and everything that comes. Within a transaction nothing is
    cached, since it may be rolled back.
    """
    if limit > PAGE or connection.in_atomic_block or not _is_one_live_span(visibility):
        return None
    head = visibility.conversation
    latest = latest_pages.get(head.pk, head.last_rev)
    metrics.PAGE_CACHE.labels("hit" if latest else "miss").inc()
    latest = latest or (yield from _read(head.pk, head.last_seq, head.last_rev))
    if latest is None:
        return None
    first_seq = visibility.spans[0].from_seq
    visible = [kept for kept in latest.messages if kept.shape["seq"] >= first_seq]
    page = visible[-limit:]
    if not page:
        return None
    viewer = str(visibility.user_id)
    shown = [_page_message(kept, viewer) for kept in page]
    people, (messages, watermarks) = yield from together(
        _people(visibility, page),
        together(_with_own_threads(visibility, shown), watermarks_of(visibility, shown)),
    )
    if people is None:
        return None
    older = page[0].shape["seq"] if len(visible) > limit else None
    return page_json(visibility, MessagePage(messages, people, older), watermarks)


def _is_one_live_span(visibility: Visibility) -> bool:
    return (
        len(visibility.spans) == 1 and visibility.is_live and visibility.spans[0].to_rev == FOREVER
    )


def _page_message(kept: CachedMessage, viewer: str) -> PageMessage:
    shape = dict(kept.shape)
    if shape["poll"] is not None:
        shape["poll"] = {**shape["poll"], "myChoices": []}  # one with votes is not cached
    mine = [it["emoji"] for it in kept.shape["reactions"] if viewer in it["userIds"]]
    return PageMessage(shape, kept.sender == viewer, mine)


def _with_own_threads(
    visibility: Visibility, messages: Sequence[PageMessage]
) -> Steps[Sequence[PageMessage]]:
    """The messages, roots with what the viewer alone is told of their threads."""
    roots = [message.shape for message in messages if message.shape["thread"] is not None]
    own = yield from own_threads.steps(visibility, [shape["seq"] for shape in roots])
    for shape in roots:
        shape["thread"] = {**shape["thread"], **own[shape["seq"]]}
    return messages


def _people(
    visibility: Visibility, page: Sequence[CachedMessage]
) -> Steps[list[dict[str, Any]] | None]:
    """As `people.people_in`: who sent the messages, then whom else they name. None where the viewer
    has hidden one of the messages."""
    senders = dict.fromkeys(kept.sender for kept in page if kept.sender)
    named = dict.fromkeys(name for kept in page for name in kept.named if name not in senders)
    people = [*senders, *list(named)[:MAX_PEOPLE]]
    rows = yield from query(
        NAMES_AND_HIDES,
        {
            "ids": people,
            "conversation": visibility.conversation.pk,
            "viewer": visibility.user_id,
            "seqs": bigs(kept.shape["seq"] for kept in page),
        },
    )
    names = {row[0]: row for row in rows if row[3] is None}
    if len(names) < len(rows):
        return None
    return [
        {"id": user_id, "name": names[user_id][1], "isBot": names[user_id][2]}
        for user_id in people
        if user_id in names
    ]


def _read(conversation_id: UUID, last_seq: int, last_rev: int) -> Steps[CachedPage | None]:
    """Reads and caches them; None where the log has moved meanwhile."""
    found = yield from newest.steps(conversation_id, last_seq, limit=SIZE)
    rows = found.messages[::-1]
    if newest_rev(rows) > last_rev:
        return None
    is_whole = len(rows) == SIZE or not found.goes_on  # else they were too large for an answer
    fits = is_whole and all(_tells_the_viewers_own(row) for row in rows)
    latest = CachedPage(last_rev, list(map(_cached, rows)) if fits else ())
    latest_pages.put(conversation_id, latest)
    return latest


def _cached(message: VisibleMessage) -> CachedMessage:
    sender: Any = message.row["sender_id"]
    return _made(shared_json(message), sender, list(named_in(message.row)))


def _made(shape: dict[str, Any], sender: str | None, named: list[str]) -> CachedMessage:
    return CachedMessage(shape, sender, named, memory_of(shape) + memory_of(named))


def _tells_the_viewers_own(message: VisibleMessage) -> bool:
    """Else the shared shape does not tell whether the viewer did; of votes it never does."""
    return not message.votes and all(
        number == len(people) for _, number, people, _ in message.reactions
    )


def keep_sent(row: MessageRow, message: bytes) -> None:
    """Adds a message that was sent and committed to the cached page of its conversation."""
    if latest_pages.holds(row["conversation_id"]):
        latest_pages.follow(
            row["conversation_id"],
            row["rev"],
            len(message) + sys.getsizeof(row["body"]) + ROW_BYTES,
            lambda: _made(orjson.loads(message), str(row["sender_id"]), list(named_in(row))),
        )
