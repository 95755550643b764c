"""Sends a batch of drafts and returns a result for each, after the commit."""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from attachments.wire import attachment_json
from chatproject.core import metrics, traces
from chatproject.core.api.json import dump
from chatproject.core.db.distributed.hosts import COORDINATOR
from chatproject.core.db.pipeline import Statement, Step, one_trip, run_async
from chatproject.core.errors import Refusal, Unavailable
from chatproject.realtime.bus import Publication, has_outlet, publish
from messaging import events
from messaging.archive.errors import ArchiveUnavailable
from messaging.archive.late_drafts import recall_for_draft
from messaging.inbox.recent_sends import RECENT_SENDS
from messaging.link_preview_follower import queue_requests
from messaging.models import Message
from messaging.moderation.new_account_limits import has_link
from messaging.moderation.snapshots import take_snapshots
from messaging.polls import own_choices
from messaging.reads.cache.latest_page import keep_sent
from messaging.reads.cache.log_cache import logs
from messaging.reads.message_rows import my_reactions, shared_json
from messaging.reads.messages import own_message
from messaging.sending.connections import InThread
from messaging.sending.drafts import Draft
from messaging.sending.facts import ThreadState
from messaging.sending.results import DEFERRED, SendResult, SendStatus, StoreResult, refused
from messaging.sending.stepwise import OldWordFilters
from messaging.sending.store import Batch, later_statements, store
from messaging.sending.transaction import TRANSACTION
from messaging.wire import MessageRow, row_of, thread_json

logger = logging.getLogger(__name__)

# For how many seconds a batch whose connection was lost is tried again.
REPLAY_FOR = 10.0

# Opens or takes a connection to a node of the database (`core.db.nodes`), for the caller alone.
ConnectionTo = Callable[[int], Awaitable[psycopg.Connection[Any]]]
UNDO = Step(Statement(TRANSACTION.rollback))


def send_message(draft: Draft) -> SendResult:
    """Stores one message, or finds the one that an earlier try stored; raises its refusal.

    The event is published after the commit.
    """
    (result,) = send_messages([draft])
    assert result.status is not SendStatus.DEFERRED, "a send that waits is never deferred"
    if result.refusal is not None:
        raise result.refusal
    return result


def send_messages(drafts: Sequence[Draft]) -> list[SendResult]:
    """Stores a batch, publishes it after the commit, and returns a result per draft, in order."""
    begun_at = time.time()
    metrics.SENDS.labels("rest").inc(len(drafts))
    spans = [traces.SendSpan(it.conversation_id, "rest") for it in drafts if traces.is_on()]
    begun_ns = traces.now_ns()
    results = store_messages(drafts, wait=True)
    for result in results:
        metrics.ACKS.labels("rest", result.label).inc()
    for span, result in zip(spans, results, strict=False):
        span.stored(begun_ns, result.label, len(drafts))
        span.answered(result.label)
    places = [span.place for span in spans] or [traces.NO_TRACE] * len(drafts)
    published = [
        publication._replace(begun_at=begun_at, trace=place)
        for result, place in zip(results, places, strict=True)
        for publication in result.publications
    ]
    if published:
        transaction.on_commit(lambda: publish(published), robust=True)
    if settings.LINK_PREVIEWS and not has_outlet():
        transaction.on_commit(lambda: _request_previews(results), robust=True)
    return results


def _request_previews(results: Sequence[SendResult]) -> None:
    """For commands and tests; in a server, `link_preview_follower` does it."""
    stored = [it.row for it in results if it.status is SendStatus.STORED and it.row is not None]
    queue_requests(
        (str(row["conversation_id"]), row["seq"]) for row in stored if has_link(row["body"])
    )


def store_messages(drafts: Sequence[Draft], *, wait: bool) -> list[SendResult]:
    """Stores a batch and returns a result per draft, in order; a bad draft affects no other.

    With `wait=False` the drafts of a conversation that is locked elsewhere are deferred. Must not
    be called inside a transaction except by tests: there a lost connection cannot be replayed.
    """
    stored = _store_and_replay(drafts, wait=wait)
    results = [send_result(*pair) for pair in zip(drafts, stored, strict=True)]
    if any(result.is_reported for result in results):
        take_snapshots()
    if not connection.in_atomic_block:
        for result in results:
            _keep(result)
    return results


async def store_messages_async(
    connection_to: ConnectionTo, drafts: Sequence[Draft], in_thread: InThread
) -> AsyncIterator[Mapping[int, SendResult]]:
    """Stores a batch in the event loop, over connections that are the caller's alone. Conversations
    that are locked elsewhere are deferred.

    Yields results by the drafts' numbers as soon as they are known: plain texts before the others,
    and retries last, whose messages `in_thread` reads. Raises psycopg's errors; drafts that have no
    result then are for `store_messages`, which finds by key what was stored.
    """
    batch = Batch(drafts)
    retried: dict[int, StoreResult] = {}
    is_reported = False
    while (part := batch.next_part(at_worker=(node := batch.node) != COORDINATOR)) is not None:
        raw = await connection_to(node)
        trips = part(wait=False, bounds=TRANSACTION)
        try:
            answers = await run_async(
                raw, trips, ahead=later_statements(), seconds=settings.STATEMENT_SECONDS
            )
        except OldWordFilters:
            await run_async(raw, one_trip([UNDO]), seconds=settings.STATEMENT_SECONDS)
            batch.stay_at_coordinator()
            continue
        # Drafts that need the archive get no result here; a thread stores them.
        decided = {n: it for n, it in answers.items() if it.status is not SendStatus.ARCHIVED}
        retried |= {n: it for n, it in decided.items() if it.status is SendStatus.RETRIED}
        results = {
            n: send_result(drafts[n], decided[n]) for n in sorted(decided) if n not in retried
        }
        for result in results.values():
            _keep(result)
        is_reported = is_reported or any(result.is_reported for result in results.values())
        yield results
    if retried:
        asked = [(drafts[n], it) for n, it in retried.items()]
        answers = await in_thread(lambda: [send_result(*pair) for pair in asked])
        yield dict(zip(retried, answers, strict=True))
    if is_reported:
        await in_thread(take_snapshots)


def send_result(draft: Draft, stored: StoreResult) -> SendResult:
    """Builds the result for the sender, and the events. For RETRIED it reads the message."""
    match stored.status:
        case SendStatus.STORED:
            assert stored.row is not None, "a stored message has a row"
            attachments = list(map(attachment_json, stored.attachments))
            created, message = events.message_created(stored.row, stored.member_rev, attachments)
            return SendResult(
                stored.status,
                stored.row,
                message,
                (created, *_thread_updated(stored.row, stored.thread)),
                is_reported=stored.is_reported,
            )
        case SendStatus.RETRIED:
            return _retried(draft, stored.seq)
        case _:
            return SendResult(stored.status, refusal=stored.refusal)


def _thread_updated(row: MessageRow, thread: ThreadState | None) -> Sequence[Publication]:
    if thread is None or row["thread_seq"] is None:
        return ()
    shape = thread_json(thread.reply_count, row["created_at"], thread.participant_ids)
    return (events.thread_updated(row["conversation_id"], row["thread_seq"], shape),)


def _retried(draft: Draft, seq: int) -> SendResult:
    """Retries are answered before any right is checked. People who have left get the message as it
    was when they left."""
    stored = Message.objects.get(conversation=draft.conversation_id, seq=seq)
    seen = own_message(draft.conversation_id, seq, sender_id=draft.sender_id)
    return SendResult(
        SendStatus.RETRIED,
        row_of(stored),
        dump(shared_json(seen)),
        my_reactions=my_reactions(seen),
        my_choices=own_choices(seen.votes),
    )


def _keep(result: SendResult) -> None:
    """Updates the process' caches: the conversation's latest page, and the sender's inbox."""
    if result.status is not SendStatus.STORED or result.row is None:
        return
    if settings.INBOX == "entries":
        RECENT_SENDS.note(result.row)
    if result.row["thread_seq"] is None:  # a reply would change its root, too
        keep_sent(result.row, result.message)
        logs.follow(result.row["conversation_id"], result.row["rev"])


def _store_and_replay(drafts: Sequence[Draft], *, wait: bool) -> list[StoreResult]:
    """Calls `store`; after a database error, again by halves, until only the bad draft is refused;
    after a lost connection, again as a whole: drafts that were stored are found by their keys."""
    give_up_at = time.monotonic() + REPLAY_FOR
    pause = 0.05
    while True:
        try:
            return _with_archive(drafts, store(drafts, wait=wait), wait=wait)
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block:
                raise
            logger.warning("storing %d messages: %s; trying again", len(drafts), error)
            connection.close()
            if time.monotonic() + pause > give_up_at:
                return [refused(Unavailable()) for _ in drafts]
            time.sleep(pause)
            pause = min(pause * 2, 1.0)
        except DatabaseError:
            if len(drafts) == 1:
                logger.exception("the database refused a message that every check had let pass")
                return [refused(Refusal("The message cannot be stored."))]
            return _store_halves(drafts, wait=wait)


def _with_archive(
    drafts: Sequence[Draft], results: list[StoreResult], *, wait: bool
) -> list[StoreResult]:
    """Replaces the ARCHIVED results: recalls the archived messages that these drafts depend on, and
    then stores them, in order."""
    waiting = [n for n, it in enumerate(results) if it.status is SendStatus.ARCHIVED]
    if not waiting:
        return results
    left = [drafts[n] for n in waiting]
    try:
        for draft in left:
            recall_for_draft(draft)
        found = store(left, wait=wait, are_looked_up=True)
    except ArchiveUnavailable as refusal:
        found = [refused(refusal)] * len(left)
    for n, result in zip(waiting, found, strict=True):
        results[n] = result
    return results


def _store_halves(drafts: Sequence[Draft], *, wait: bool) -> list[StoreResult]:
    """Stores one half after the other. Conversations that the first half deferred are not tried in
    the second, where a draft would overtake those that were not stored."""
    middle = len(drafts) // 2
    results = _store_and_replay(drafts[:middle], wait=wait)
    deferred: set[UUID] = {
        draft.conversation_id
        for draft, result in zip(drafts[:middle], results, strict=True)
        if result.status is SendStatus.DEFERRED
    }
    tried = [draft for draft in drafts[middle:] if draft.conversation_id not in deferred]
    later = iter(_store_and_replay(tried, wait=wait) if tried else ())
    rest = [
        DEFERRED if draft.conversation_id in deferred else next(later) for draft in drafts[middle:]
    ]
    return [*results, *rest]
