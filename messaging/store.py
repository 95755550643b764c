"""Storing a batch of drafts: one transaction, one round trip, whatever the number.

The pipeline is BEGIN; lock; store; COMMIT. The lock is a statement of its own, since the one that
checks needs a snapshot taken after it: a single statement that locked and checked let a message in
after a committed leave. What was locked reaches the second statement through a setting of the
transaction, so that nothing is read back in between.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.pq import TransactionStatus

from chatproject.core.api.json import dump
from chatproject.core.ids import uuid7
from chatproject.core.prepared import prepared_cursor
from messaging.drafts import Draft
from messaging.mentions import mentioned_in
from messaging.moderation import words
from messaging.moderation.newcomers import link_ration
from messaging.moderation.words import WordList
from messaging.store_sql import LOCK, LOCK_ATTACHMENTS, LOCK_FREE, STORE, STORE_RULED
from messaging.wire import MessageRow


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one draft; `row` is there for `new`, `seq` for `new` and `stored`.

    `attachments` are the values of `attachments.wire.FIELDS` of each.
    """

    status: str
    seq: int | None = None
    row: MessageRow | None = None
    member_rev: int = 0
    attachments: Sequence[Sequence[Any]] = ()
    wait: int | None = None  # seconds, of some refusals
    report_id: UUID | None = None  # of the report that a word filter made


def store(drafts: Sequence[Draft], *, wait: bool) -> list[Verdict]:
    """Stores what may be stored and gives a verdict per draft, in order.

    No two drafts share a `key` or an attachment. With `wait` a conversation that is locked
    elsewhere is waited for, else its drafts are `busy`. Commits, or is a savepoint of the caller's
    transaction. Raises django.db errors, after which nothing of the batch is stored; after
    OperationalError that is unknown, and trying again is safe.
    """
    return _store(drafts, wait=wait, is_ruled=False)


def _store(drafts: Sequence[Draft], *, wait: bool, is_ruled: bool) -> list[Verdict]:
    verdicts = _store_by(words.held(), drafts, wait=wait, is_ruled=is_ruled)
    again = [n for n, verdict in enumerate(verdicts) if verdict.status in ("stale", "ruled")]
    if again:
        # By the filters of now and with all rules; what was stored or refused is done.
        if any(verdicts[n].status == "stale" for n in again):
            words.read_anew()
        later = _store([drafts[n] for n in again], wait=wait, is_ruled=True)
        for n, verdict in zip(again, later, strict=True):
            verdicts[n] = verdict
    return verdicts


def _store_by(
    filters: WordList, drafts: Sequence[Draft], *, wait: bool, is_ruled: bool
) -> list[Verdict]:
    ids = [uuid7() for _ in drafts]
    rows = [_row(n, ids[n], draft, filters) for n, draft in enumerate(drafts)]
    is_ruled = is_ruled or any("flag" in row or "ration" in row for row in rows)
    statement = STORE_RULED if is_ruled else STORE
    attachments = [uuid for draft in drafts for uuid in draft.attachment_ids]
    conversations = list({draft.conversation_id for draft in drafts})
    with prepared_cursor() as cursor:
        with _one_transaction(cursor.connection) as locking:
            locking.execute(LOCK if wait else LOCK_FREE, [conversations])
            if attachments:
                locking.execute(LOCK_ATTACHMENTS, [attachments])
            cursor.execute(statement, [dump(rows).decode(), filters.revision], binary=True)
        verdicts = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_verdict(rows[n], draft, *verdicts[n]) for n, draft in enumerate(drafts)]


@contextmanager
def _one_transaction(raw: psycopg.Connection[Any]) -> Iterator[psycopg.Cursor[Any]]:
    """All that is executed inside goes out at once and is committed together, in one round trip.

    psycopg's `transaction()` would wait for the answers to BEGIN and to COMMIT, at double the time
    for a single message. BEGIN and COMMIT have to be said: left to the pipeline, an error at the
    commit (a deferred constraint) comes when libpq no longer listens, and the call never returns.
    """
    with raw.cursor() as cursor:
        if connection.in_atomic_block:
            # The caller's transaction begins with its first statement; without one the savepoint
            # would be a transaction, and commit.
            if raw.info.transaction_status == TransactionStatus.IDLE:
                cursor.execute("SELECT")
            with raw.pipeline(), raw.transaction():
                yield cursor
            return
        try:
            with raw.pipeline():
                cursor.execute("BEGIN")
                yield cursor
                cursor.execute("COMMIT")
        except psycopg.Error:
            if not raw.closed:
                raw.rollback()
            raise


def _row(n: int, message_id: UUID, draft: Draft, filters: WordList) -> dict[str, Any]:
    """A draft as STORE reads it. `called` holds the mentioned people, and null for everybody."""
    people, everybody = mentioned_in(draft.content)
    return {
        **_ruled(draft, filters),
        "ord": n,
        "id": message_id,
        "conversation_id": draft.conversation_id,
        "sender_id": draft.sender_id,
        "client_id": draft.client_id,
        "fingerprint": "\\x" + draft.fingerprint().hex(),
        "body": draft.content,
        "reply_to_seq": draft.reply_to_seq,
        "attachments": draft.attachment_ids or None,
        "called": [*people, *([None] if everybody else [])] or None,
    }


def _ruled(draft: Draft, filters: WordList) -> dict[str, Any]:
    """What word filters and the limits of new accounts say of it; empty for nearly every draft."""
    rules: dict[str, Any] = {}
    is_refused, flag = filters.judge(draft.content)
    if is_refused:
        rules["is_refused"] = True
    if flag:
        rules |= {"flag": flag, "report_id": uuid7()}
    ration = link_ration(draft.sender_id, draft.content)
    if ration is not None:
        rules["ration"] = ration
    return rules


def _verdict(
    given: dict[str, Any],
    draft: Draft,
    status: str,
    seq: int | None,
    rev: int,
    kind: str,
    thread_seq: int | None,
    created_at: datetime,
    member_rev: int,
    attachments: Sequence[Sequence[Any]] | None,
    wait: int | None,
) -> Verdict:
    if status != "new" or seq is None:
        return Verdict(status, seq, wait=wait)
    row: MessageRow = {
        "id": given["id"],
        "conversation_id": draft.conversation_id,
        "seq": seq,
        "rev": rev,
        "sender_id": draft.sender_id,
        "client_id": draft.client_id,
        "kind": kind,
        "body": draft.content,
        "meta": None,
        "reply_to_seq": draft.reply_to_seq,
        "thread_seq": thread_seq,
        "created_at": created_at,
        "edited_at": None,
        "deleted_at": None,
        "pinned_at": None,
        "pinned_by_id": None,
    }
    return Verdict(
        status, seq, row, member_rev, attachments or (), report_id=given.get("report_id")
    )
