"""An older page of a log from the cache, as `latest_page` does it for the latest."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from attachments.wire import is_pending
from chatproject.core import metrics
from chatproject.core.db.readings import Steps, in_slices, reading
from conversations.models import Conversation
from conversations.visibility import Visibility
from messaging.reads.answer_size import MESSAGE_BYTES, FittingMessages
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
from messaging.reads.cache.latest_page_cache import CachedMessage, CachedPage
from messaging.reads.cache.log_cache import logs
from messaging.reads.cache.log_catch_up import catch_up
from messaging.reads.message_rows import VisibleMessage, newest_rev
from messaging.reads.window import newest

_HIT, _MISS = metrics.LOG_CACHE.labels("hit"), metrics.LOG_CACHE.labels("miss")

# Of the bytes by which `answer_size` measures a message no part is more than four times its JSON.
MOST_OF_JSON = 4

_SHARED = attrgetter("shared")


class Guess(NamedTuple):
    """What was read in the same round trip as the visibility: the rows beside the cached messages
    or, without these, the messages as everybody sees them.
    """

    known: CachedPage | None = None
    beside: Beside | None = None
    found: FittingMessages | None = None


def guess_older(
    conversation_id: UUID, viewer_id: UUID, end: int, limit: int
) -> Steps[Guess | None]:
    """For the page before the seq `end`. None of it may be shown until the visibility allows it."""
    if not is_in_cache(limit):
        return None
    known = logs.before(conversation_id, end, limit + 1)
    if known is None:
        return Guess(found=(yield from newest.steps(conversation_id, end - 1, limit=limit + 1)))
    if not known.messages:
        return None
    return Guess(known, (yield from read_beside(conversation_id, viewer_id, known, limit)))


@reading
def older_page(
    visibility: Visibility, end: int, limit: int, guess: Guess | None
) -> Steps[dict[str, Any] | None]:
    """The page before the seq `end`; None where it has to be read from rows.

    For who sees the log from one seq on and everything that comes.
    """
    if guess is None or not is_in_cache(limit) or not is_one_live_span(visibility):
        return None
    head = visibility.conversation
    below = min(end, head.last_seq + 1)
    if guess.known is not None and (guess.known.rev, end) == (head.last_rev, below):
        known: CachedPage | None = guess.known
    else:
        yield from catch_up(head)
        known = logs.before(head.pk, below, limit + 1, rev=head.last_rev)
    (_HIT if known else _MISS).inc()
    known = known or (yield from _read(head, below, limit + 1, guess.found))
    if known is None or not _fits(known.messages):
        return None
    visible = from_seq(known.messages, visibility.spans[0].from_seq)
    if not visible:
        return None
    newer = visible[-1].seq if visibility.head >= end else None
    shown = known._replace(messages=visible)
    return (yield from page_of_cached(visibility, shown, limit, guess.beside, newer))


def _fits(messages: Sequence[CachedMessage]) -> bool:
    """Whether all of them surely fit into an answer, and everybody sees them alike."""
    parts = list(map(_SHARED, messages))
    size = MESSAGE_BYTES * len(parts) + MOST_OF_JSON * sum(map(len, parts))
    return size <= settings.ANSWER_BYTES and all(parts)


def _read(
    head: Conversation, end: int, count: int, found: FittingMessages | None
) -> Steps[CachedPage | None]:
    """Reads and caches them, unless they were `found`; None where the log has moved meanwhile, or
    where they may not be all that there is: too large for an answer, or in files."""
    found = found or (yield from newest.steps(head.pk, end - 1, limit=count))
    rows = [row for row in found.messages[::-1] if row.row["seq"] > head.archived_seq]
    is_full = len(rows) == count
    if newest_rev(rows) > head.last_rev or not (is_full or not found.goes_on):
        return None
    messages = yield from in_slices(_cached, rows)
    first = messages[0].seq if is_full else head.archived_seq + 1
    is_group = not head.is_direct
    logs.put(head.pk, head.last_rev, first, end - 1, messages, is_group=is_group)
    if not is_full and head.archived_seq:
        return None
    return CachedPage(head.last_rev, messages, is_group=is_group)


def _cached(row: VisibleMessage) -> CachedMessage:
    """A file that is processed has changed before the log is told so."""
    is_pending_file = any(map(is_pending, row.attachments))
    return cached_message(row, is_shared=is_the_same_to_all(row) and not is_pending_file)
