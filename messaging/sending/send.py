"""Sending: a batch of drafts in, an outcome per draft out, after the commit."""

import logging
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from attachments.wire import attachment_json
from chatproject.core.api.json import dump
from chatproject.core.errors import NotYet, Refusal, Unavailable
from chatproject.realtime.bus import Publication, publish
from conversations.errors import (
    Blocked,
    ConversationLocked,
    ConversationNotFound,
    Muted,
    NotAParticipant,
    PostingRightMissing,
    SlowMode,
)
from messaging import events
from messaging.errors import (
    AttachmentNotFound,
    ClientIdTaken,
    ReplyTargetNotFound,
    TooManyLinks,
    WordRefused,
)
from messaging.models import Message
from messaging.moderation.new_account_limits import newness_left
from messaging.moderation.snapshots import picture_reports
from messaging.reads.latest_page import keep_sent
from messaging.reads.messages import whole_messages
from messaging.sending.drafts import Draft
from messaging.sending.store import StoreResult, store, store_soon
from messaging.wire import MessageRow, row_of

log = logging.getLogger(__name__)

# How long a batch whose connection was lost tries to find out what became of it, in seconds.
REPLAY_FOR = 10.0

BUSY = StoreResult("busy")

REFUSALS: dict[str, type[Refusal]] = {
    refusal.code: refusal
    for refusal in (
        NotAParticipant,
        PostingRightMissing,
        ConversationLocked,
        Blocked,
        ReplyTargetNotFound,
        AttachmentNotFound,
        WordRefused,
        Muted,
        SlowMode,
        TooManyLinks,
    )
} | {"absent": ConversationNotFound}


class Outcome(NamedTuple):
    """What became of a draft: its stored message (`message` is the encoded shared shape), a
    refusal, or neither when its conversation was locked elsewhere and it may be tried again.

    `publication` is there when it was stored now, and is yet to be published.
    """

    row: MessageRow | None = None
    message: bytes = b""
    publication: Publication | None = None
    refusal: Refusal | None = None
    is_reported: bool = False  # by a word filter

    @property
    def is_busy(self) -> bool:
        return self.row is None and self.refusal is None


def send_message(draft: Draft) -> MessageRow:
    """Stores one message, or finds it stored by an earlier try; raises its refusal.

    The event is published after the commit.
    """
    (outcome,) = send_messages([draft])
    if outcome.refusal is not None:
        raise outcome.refusal
    assert outcome.row is not None, "a waiting send is never busy"
    return outcome.row


def send_messages(drafts: Sequence[Draft]) -> list[Outcome]:
    """Stores a batch, publishes it after the commit, and answers per draft, in order."""
    outcomes = store_messages(drafts, wait=True)
    published = [outcome.publication for outcome in outcomes if outcome.publication is not None]
    if published:
        transaction.on_commit(lambda: publish(published))
    return outcomes


def store_messages(drafts: Sequence[Draft], *, wait: bool) -> list[Outcome]:
    """Stores a batch and answers per draft, in order; one bad draft refuses itself alone.

    With `wait=False` drafts of a conversation that is locked elsewhere come back busy. Must not be
    called inside a transaction except by tests: within one a lost connection cannot be replayed.
    """
    verdicts = _store_parts(_without_clashes(drafts), wait=wait)
    outcomes = [_outcome(*pair) for pair in zip(drafts, verdicts, strict=True)]
    if any(outcome.is_reported for outcome in outcomes):
        picture_reports()
    if not connection.in_atomic_block:
        _keep(outcomes)
    return outcomes


async def store_messages_soon(
    raw: psycopg.Connection[Any], drafts: Sequence[Draft]
) -> list[Outcome | None]:
    """The same without waiting, in the event loop, over a connection that is the caller's alone.

    None stands for what asks more of the database, as a retry does. That is for `store_messages`,
    and so is everything after an error: what was stored is found by its key. Raises psycopg's
    errors. Of what `is_reported` the reports are still to be pictured.
    """
    if len(_without_clashes(drafts)) > 1:
        return [None] * len(drafts)
    verdicts = await store_soon(raw, drafts)
    outcomes = {
        n: _outcome(drafts[n], verdict)
        for n, verdict in verdicts.items()
        if verdict.status not in ("stored", "stale")
    }
    _keep(outcomes.values())
    return [outcomes.get(n) for n in range(len(drafts))]


def _outcome(draft: Draft, verdict: StoreResult | Refusal) -> Outcome:
    if isinstance(verdict, Refusal):
        return Outcome(refusal=verdict)
    if verdict.row is not None:
        attachments = list(map(attachment_json, verdict.attachments))
        publication, message = events.message_created(verdict.row, verdict.member_rev, attachments)
        return Outcome(verdict.row, message, publication, is_reported=verdict.report_id is not None)
    if verdict.status == BUSY.status:
        return Outcome()
    if verdict.status == "stored":
        return _stored_before(draft, verdict)
    return Outcome(refusal=_refusal(draft, verdict))


def _keep(outcomes: Iterable[Outcome]) -> None:
    """What was committed moves on the pages that are kept."""
    for outcome in outcomes:
        if outcome.row is not None and outcome.publication is not None:
            keep_sent(outcome.row, outcome.message)


def _refusal(draft: Draft, verdict: StoreResult) -> Refusal:
    refusal = REFUSALS[verdict.status]
    if not issubclass(refusal, NotYet):
        return refusal()
    is_newness = refusal is TooManyLinks
    return refusal(newness_left(draft.sender_id) if is_newness else verdict.wait)


def _without_clashes(drafts: Sequence[Draft]) -> list[Sequence[Draft]]:
    """The batch in parts, of which none has two drafts with one key or one attachment.

    Nearly always one part.
    """
    parts: list[list[Draft]] = [[]]
    taken: set[object] = set()
    for draft in drafts:
        claims = {draft.key, *draft.attachment_ids}
        if not taken.isdisjoint(claims):
            parts.append([])
            taken = set()
        taken |= claims
        parts[-1].append(draft)
    return [part for part in parts if part]


def _store_parts(parts: Sequence[Sequence[Draft]], *, wait: bool) -> list[StoreResult | Refusal]:
    """One part after the other. What was busy in one is not tried in a later one, where it would
    overtake what was not stored."""
    busy: set[UUID] = set()
    verdicts: list[StoreResult | Refusal] = []
    for part in parts:
        tried = [draft for draft in part if draft.conversation_id not in busy]
        found = iter(_store_surely(tried, wait=wait) if tried else ())
        those = [BUSY if draft.conversation_id in busy else next(found) for draft in part]
        busy |= {
            draft.conversation_id
            for draft, verdict in zip(part, those, strict=True)
            if isinstance(verdict, StoreResult) and verdict.status == BUSY.status
        }
        verdicts += those
    return verdicts


def _store_surely(drafts: Sequence[Draft], *, wait: bool) -> list[StoreResult | Refusal]:
    """`store`, with a database error narrowed to the draft that made it, and a lost connection
    made good by asking again: a draft that was stored is found by its key."""
    give_up_at = time.monotonic() + REPLAY_FOR
    pause = 0.05
    while True:
        try:
            return list(store(drafts, wait=wait))
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block:
                raise
            log.warning("storing %d messages: %s; trying again", len(drafts), error)
            connection.close()
            if time.monotonic() + pause > give_up_at:
                return [Unavailable() for _ in drafts]
            time.sleep(pause)
            pause = min(pause * 2, 1.0)
        except DatabaseError:
            if len(drafts) == 1:
                log.exception("the database refused a message that every check had let pass")
                return [Refusal("The message cannot be stored.")]
            middle = len(drafts) // 2
            return _store_parts([drafts[:middle], drafts[middle:]], wait=wait)


def _stored_before(draft: Draft, verdict: StoreResult) -> Outcome:
    """The answer to a retry: the message as it is now, unless it was another under this id."""
    assert verdict.seq is not None, "a stored message has a seq"
    stored = Message.objects.get(conversation=draft.conversation_id, seq=verdict.seq)
    if not draft.has_fingerprint(stored.fingerprint):
        return Outcome(refusal=ClientIdTaken())
    (shape,) = whole_messages(draft.conversation_id, [verdict.seq], viewer_id=draft.sender_id)
    return Outcome(row_of(stored), dump(shape))
