"""The latest page of a log, from the cache, for viewers who see everything new."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core import metrics
from chatproject.core.db.identity import database_identity
from chatproject.core.db.readings import (
    Steps,
    look_up,
    reading,
    together,
)
from conversations.models import Conversation
from conversations.visibility import Visibility
from messaging.polls import poll_of
from messaging.reads.cache.cached_pages import (
    Beside,
    cached_message,
    from_seq,
    is_in_cache,
    is_one_live_span,
    is_the_same_to_all,
    page_of_cached,
    read_beside,
)
from messaging.reads.cache.latest_page_cache import (
    SIZE,
    CachedMessage,
    CachedPage,
    latest_pages,
)
from messaging.reads.cache.log_catch_up import changed_since
from messaging.reads.cache.shared_pages import shared_pages
from messaging.reads.message_rows import VisibleMessage, newest_rev
from messaging.reads.people import named_in
from messaging.reads.window import newest
from messaging.wire import MessageRow

_HIT = metrics.PAGE_CACHE.labels("hit")

# Up to so many messages at the end of a page are read anew, or added to it; more are hardly less
# work than reading all of it.
MAX_SENT_SINCE = 30


class Guess(NamedTuple):
    """What was read together with the visibility, before it is known whether it is needed: the rows
    beside a page in memory, or `database`, by which to look for a page in Redis ("" without one).
    """

    beside: Beside | None = None
    database: str = ""


def guess_beside(conversation_id: UUID, viewer_id: UUID, limit: int) -> Steps[Guess]:
    """Reads the rows beside the page as the cache last had it, in the same round trip as the
    visibility, which then shows whether the page is still the same."""
    known = latest_pages.peek(conversation_id) if is_in_cache(limit) else None
    if known is not None and known.messages:
        return Guess(beside=(yield from read_beside(conversation_id, viewer_id, known, limit)))
    if known is None and is_in_cache(limit) and shared_pages() is not None:
        return Guess(database=(yield from database_identity()))
    return Guess()


@reading
def latest_page(visibility: Visibility, limit: int, guess: Guess) -> Steps[dict[str, Any] | None]:
    """The page, of which some messages are encoded; None where it has to be read from rows.

    For who sees the log from one seq on and everything that comes.
    """
    if not is_in_cache(limit) or not is_one_live_span(visibility):
        return None
    head = visibility.conversation
    latest = yield from _find(head, guess.database)
    if latest is None:
        return None
    visible = from_seq(latest.messages, visibility.spans[0].from_seq)
    if not visible:
        return None
    shown = latest._replace(messages=visible)
    return (yield from page_of_cached(visibility, shown, limit, guess.beside))


# -- where the page is found


def _find(head: Conversation, database: str) -> Steps[CachedPage | None]:
    """The page as of the head: from memory, Redis or the database; None where the log has moved
    meanwhile."""
    latest = latest_pages.get(head.pk, head.last_rev)
    if latest is not None:
        _HIT.inc()
        return latest
    known = latest_pages.peek(head.pk)
    if known is not None:
        latest = yield from _with_sent_since(head, known)
        latest = latest or (yield from _with_changes_since(head, known))
    metrics.PAGE_CACHE.labels("completed" if latest else "miss").inc()
    if known is None and database:
        latest = yield from _find_in_redis(head, database)
    return latest or (yield from _read(head, database))


def _find_in_redis(head: Conversation, database: str) -> Steps[CachedPage | None]:
    shared = shared_pages()
    if shared is None:
        return None
    known = yield from look_up(
        lambda: shared.find(head.pk, database), lambda: shared.find_in_thread(head.pk, database)
    )
    if known is None:
        return None
    if known.rev == head.last_rev:
        metrics.REDIS_PAGE_CACHE.labels("hit").inc()
        latest_pages.put(head.pk, known)
        return known
    latest = yield from _with_sent_since(head, known)
    metrics.REDIS_PAGE_CACHE.labels("completed" if latest else "outdated").inc()
    return latest


def _with_sent_since(head: Conversation, known: CachedPage) -> Steps[CachedPage | None]:
    """The page with the messages that were sent since, where nothing else has happened; cached.

    Each message takes one seq and one rev, and every other change a rev alone: so what happened
    since is told by the two of them. A reply in a thread changes its root besides.
    """
    number = head.last_rev - known.rev
    first_seq = known.last_seq + 1
    if not known.messages or number != head.last_seq - known.last_seq:
        return None
    if not 0 < number <= MAX_SENT_SINCE:
        return None
    found = yield from newest.steps(head.pk, head.last_seq, limit=SIZE, first_seq=first_seq)
    rows = found.messages[::-1]
    is_sent = [_is_as_sent(message) for message in rows]
    if found.goes_on or len(rows) != number or not all(is_sent) or newest_rev(rows) > head.last_rev:
        return None
    messages = [*known.messages, *map(cached_message, rows)][-SIZE:]
    is_group = not head.is_direct
    latest = CachedPage(head.last_rev, messages, head.last_seq, known.database, is_group)
    latest_pages.put(head.pk, latest)
    return latest


def _with_changes_since(head: Conversation, known: CachedPage) -> Steps[CachedPage | None]:
    """The page with whatever has changed since, where that is at its end; cached. Read are all
    messages from the first one on that has changed."""
    changed = (yield from changed_since(head, known.rev)) if known.messages else None
    if changed is None:
        return None
    first = min((seq for seq in changed if seq >= known.messages[0].seq), default=None)
    kept: Sequence[CachedMessage] = known.messages
    rows: list[VisibleMessage] = []
    if first is not None:
        if head.last_seq - first >= MAX_SENT_SINCE:
            return None
        kept = [message for message in kept if message.seq < first]
        found = yield from newest.steps(head.pk, head.last_seq, limit=SIZE, first_seq=first)
        rows = found.messages[::-1]
        if found.goes_on or newest_rev(rows) > head.last_rev:
            return None
        if not all(map(is_the_same_to_all, rows)):
            return None
    messages = [*kept, *map(cached_message, rows)][-SIZE:]
    is_group = not head.is_direct
    latest = CachedPage(head.last_rev, messages, head.last_seq, known.database, is_group)
    latest_pages.put(head.pk, latest, is_news=True)
    return latest


def _is_as_sent(message: VisibleMessage) -> bool:
    row = message.row
    return row["kind"] != "system" and row["thread_seq"] is None and is_the_same_to_all(message)


def _read(head: Conversation, database: str) -> Steps[CachedPage | None]:
    """Reads and caches them; None where the log has moved meanwhile."""
    reads_newest = newest.steps(head.pk, head.last_seq, limit=SIZE)
    if shared_pages() is not None and not database:
        found, database = yield from together(reads_newest, database_identity())
    else:
        found = yield from reads_newest
    rows = found.messages[::-1]
    if newest_rev(rows) > head.last_rev:
        return None
    is_whole = len(rows) == SIZE or not found.goes_on  # else they were too large for an answer
    fits = is_whole and all(map(is_the_same_to_all, rows))
    messages = list(map(cached_message, rows)) if fits else ()
    is_group = not head.is_direct
    latest = CachedPage(head.last_rev, messages, head.last_seq, database, is_group)
    latest_pages.put(head.pk, latest, is_news=True)
    return latest


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
