"""The last page of a log from the cache, for who sees everything that comes."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import connection

from chatproject.core import metrics
from chatproject.core.api.json import dump
from chatproject.core.db.readings import Rows, Steps, query, reading, together
from chatproject.core.db.statements import big
from conversations.visibility import FOREVER, Visibility
from messaging.polls import poll_of
from messaging.reads.latest_page_cache import (
    PAGE,
    SIZE,
    CachedMessage,
    CachedPage,
    latest_pages,
)
from messaging.reads.message_rows import VisibleMessage, newest_rev, shared_json
from messaging.reads.page import EncodedMessage, MessagePage, PageMessage, page_json
from messaging.reads.people import MAX_PEOPLE, named_in
from messaging.reads.thread_summaries import own_threads
from messaging.reads.watermarks import watermark_rows, watermarks_of_one
from messaging.reads.window import newest
from messaging.wire import MessageRow

# What moves no rev: what people are called, and what the viewer has hidden.
NAMES_AND_HIDES = """
SELECT id::text, name, is_bot, NULL::bigint FROM accounts_user
WHERE id = ANY(ARRAY(SELECT unnest(%(ids)s::uuid[])))
UNION ALL
SELECT NULL, NULL, NULL, seq FROM messaging_hide
WHERE conversation_id = %(conversation)s AND user_id = %(viewer)s
  AND seq BETWEEN %(first)s AND %(last)s
"""


class Beside(NamedTuple):
    """What moves no rev and is told with the page that the cache has at `rev`, as rows."""

    rev: int
    names_and_hides: Rows
    watermarks: Rows


def is_in_cache(limit: int) -> bool:
    """Whether the last page may be taken from here. Within a transaction nothing is cached, since
    it may be rolled back."""
    return limit <= PAGE and not connection.in_atomic_block


def guess_beside(conversation_id: UUID, viewer_id: UUID, limit: int) -> Steps[Beside | None]:
    """What would have to be read beside the page, were it as the cache last had it: so it can be
    read in the same round trip as the visibility, which tells whether it is."""
    known = latest_pages.peek(conversation_id) if is_in_cache(limit) else None
    if known is None or not known.messages:
        return None
    return (yield from read_beside(conversation_id, viewer_id, known, limit))


@reading
def latest_page(
    visibility: Visibility, limit: int, guess: Beside | None
) -> Steps[dict[str, Any] | None]:
    """The page, of which some messages are encoded; None where it has to be read from rows.

    For who sees the log from one seq on and everything that comes.
    """
    if not is_in_cache(limit) or not is_one_live_span(visibility):
        return None
    head = visibility.conversation
    latest = latest_pages.get(head.pk, head.last_rev)
    metrics.PAGE_CACHE.labels("hit" if latest else "miss").inc()
    latest = latest or (yield from _read(head.pk, head.last_seq, head.last_rev))
    if latest is None:
        return None
    first_seq = visibility.spans[0].from_seq
    visible = [kept for kept in latest.messages if kept.seq >= first_seq]
    page = visible[-limit:]
    if not page:
        return None
    older = page[0].seq if len(visible) > limit else None
    shown = CachedPage(latest.rev, page)
    return (yield from page_of_cached(visibility, shown, guess, older=older))


def page_of_cached(
    visibility: Visibility,
    shown: CachedPage,
    guess: Beside | None,
    *,
    older: int | None,
    newer: int | None = None,
) -> Steps[dict[str, Any] | None]:
    """The page of these messages, which the visibility covers; None where the viewer hid one.

    `guess` is what stands beside them, if it was read, of the same rev.
    """
    page, viewer = shown.messages, str(visibility.user_id)
    beside, messages = guess, [_page_message(kept, viewer) for kept in page]
    if beside is None or beside.rev != shown.rev:
        place = visibility.conversation.pk, visibility.user_id
        beside, _ = yield from together(
            read_beside(*place, shown, len(page)), _add_own_threads(visibility, messages)
        )
    else:
        yield from _add_own_threads(visibility, messages)
    people = _people(page, beside.names_and_hides)
    if people is None:
        return None
    watermarks = watermarks_of_one(visibility, beside.watermarks)
    return page_json(visibility, MessagePage(messages, people, older, newer), watermarks)


def is_one_live_span(visibility: Visibility) -> bool:
    return (
        len(visibility.spans) == 1 and visibility.is_live and visibility.spans[0].to_rev == FOREVER
    )


def _page_message(kept: CachedMessage, viewer: str) -> PageMessage | EncodedMessage:
    is_own = kept.sender == viewer
    if not kept.is_personal:
        return EncodedMessage(kept.shared, kept.seq, kept.kind, is_own)
    shape = orjson.loads(kept.shared)
    if shape["poll"] is not None:
        shape["poll"]["myChoices"] = []  # one with votes is not cached
    mine = [it["emoji"] for it in shape["reactions"] if viewer in it["userIds"]]
    return PageMessage(shape, is_own, mine)


def _add_own_threads(
    visibility: Visibility, messages: Sequence[PageMessage | EncodedMessage]
) -> Steps[None]:
    """Adds to roots what the viewer alone is told of their threads."""
    shapes = [message.shape for message in messages if isinstance(message, PageMessage)]
    roots = [shape for shape in shapes if shape["thread"] is not None]
    own = yield from own_threads.steps(visibility, [shape["seq"] for shape in roots])
    for shape in roots:
        shape["thread"] |= own[shape["seq"]]


def read_beside(
    conversation_id: UUID, viewer_id: UUID, latest: CachedPage, limit: int
) -> Steps[Beside]:
    """What is told with the last `limit` of the messages."""
    page = latest.messages[-limit:]
    names_and_hides, watermarks = yield from together(
        query(
            NAMES_AND_HIDES,
            {
                "ids": f"{{{','.join(_people_of(page))}}}",  # a fifth of the work of a list
                "conversation": conversation_id,
                "viewer": viewer_id,
                "first": big(page[0].seq),
                "last": big(page[-1].seq),
            },
        ),
        _watermarks_beside(conversation_id, viewer_id, page),
    )
    return Beside(latest.rev, names_and_hides, watermarks)


def _watermarks_beside(
    conversation_id: UUID, viewer_id: UUID, page: Sequence[CachedMessage]
) -> Steps[Rows]:
    """Nothing is asked where no message is one's own."""
    if str(viewer_id) not in {kept.sender for kept in page}:
        return []
    return (yield from watermark_rows(conversation_id, viewer_id))


def _people_of(page: Sequence[CachedMessage]) -> list[str]:
    """As `people.people_in`: who sent the messages, then whom else they name."""
    senders = dict.fromkeys(kept.sender for kept in page if kept.sender)
    named = dict.fromkeys(name for kept in page for name in kept.named if name not in senders)
    return [*senders, *list(named)[:MAX_PEOPLE]]


def _people(page: Sequence[CachedMessage], rows: Rows) -> list[dict[str, Any]] | None:
    """None where the viewer has hidden one of the messages."""
    hidden = {row[3] for row in rows} - {None}
    if hidden and not hidden.isdisjoint(kept.seq for kept in page):
        return None
    names = {row[0]: row for row in rows if row[3] is None}
    return [
        {"id": user_id, "name": names[user_id][1], "isBot": names[user_id][2]}
        for user_id in _people_of(page)
        if user_id in names
    ]


def _read(conversation_id: UUID, last_seq: int, last_rev: int) -> Steps[CachedPage | None]:
    """Reads and caches them; None where the log has moved meanwhile."""
    found = yield from newest.steps(conversation_id, last_seq, limit=SIZE)
    rows = found.messages[::-1]
    if newest_rev(rows) > last_rev:
        return None
    is_whole = len(rows) == SIZE or not found.goes_on  # else they were too large for an answer
    fits = is_whole and all(tells_the_viewers_own(row) for row in rows)
    latest = CachedPage(last_rev, list(map(cached_message, rows)) if fits else ())
    latest_pages.put(conversation_id, latest)
    return latest


def cached_message(message: VisibleMessage, *, is_shared: bool = True) -> CachedMessage:
    """As it is cached; without its JSON where that is not the same for everybody."""
    row, shape = message.row, shared_json(message)
    sender: Any = row["sender_id"]
    is_personal = any(shape[name] for name in ("reactions", "thread", "poll"))
    named = tuple(named_in(row))
    json = dump(shape) if is_shared else b""
    return CachedMessage(row["seq"], json, sender, named, row["kind"], is_personal)


def tells_the_viewers_own(message: VisibleMessage) -> bool:
    """Else the shared shape does not tell whether the viewer did; of votes it never does."""
    return not message.votes and all(
        number == len(people) for _, number, people, _ in message.reactions
    )


def keep_sent(row: MessageRow, message: bytes) -> None:
    """Adds a message that was sent and committed to the cached page of its conversation."""
    if latest_pages.holds(row["conversation_id"]):
        sender, named = row["sender_id"], tuple(named_in(row))
        kept = CachedMessage(
            row["seq"],
            message,
            None if sender is None else str(sender),
            named,
            row["kind"],
            poll_of(row["meta"]) is not None,
        )
        latest_pages.follow(row["conversation_id"], row["rev"], kept)
