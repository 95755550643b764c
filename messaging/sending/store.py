"""Storing a batch of drafts: one transaction, one round trip, whatever the number.

The steps are BEGIN; lock; store; COMMIT. The lock is a statement of its own, since the one that
checks needs a snapshot taken after it: a single statement that locked and checked let a message in
after a committed leave. What was locked reaches the later statements through a setting of the
transaction, so that nothing is read back in between.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import psycopg
from django.db import connection
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGresult

from chatproject.core.api.json import dump
from chatproject.core.db.binary_arrays import bools, digests, ints, texts, uuids
from chatproject.core.db.pipeline import BINARY, TEXT, Statement, Step, rows_of, run, run_soon
from chatproject.core.ids import uuid7
from messaging.mentions import mentioned_in
from messaging.moderation import word_filters
from messaging.moderation.new_account_limits import link_ration
from messaging.moderation.word_filters import WordList
from messaging.sending import statements as sql
from messaging.sending.drafts import Draft
from messaging.wire import MessageRow

BEGIN, COMMIT = Statement("BEGIN"), Statement("COMMIT")
SAVEPOINT, RELEASE = Statement("SAVEPOINT batch"), Statement("RELEASE SAVEPOINT batch")
PLAN = Statement(sql.PLAN)
LOCK, LOCK_FREE = Statement(sql.LOCK, BINARY), Statement(sql.LOCK_FREE, BINARY)
LOCK_ATTACHMENTS = Statement(sql.LOCK_ATTACHMENTS, BINARY)
LOCK_RATIONS = Statement(sql.LOCK_RATIONS, BINARY)
PLAIN = Statement(sql.PLAIN, *[BINARY] * 11)
WHOLE = Statement(sql.WHOLE, TEXT, BINARY)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class StoreResult(NamedTuple):
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


class NumberedDraft(NamedTuple):
    """A draft of the batch, with what makes it more than a plain text: columns of WHOLE."""

    number: int
    id: UUID
    draft: Draft
    extras: Mapping[str, Any]


def store(drafts: Sequence[Draft], *, wait: bool) -> list[StoreResult]:
    """Stores what may be stored and gives a verdict per draft, in order.

    No two drafts share a `key` or an attachment. With `wait` a conversation that is locked
    elsewhere is waited for, else its drafts are `busy`. Commits, or is a savepoint of the caller's
    transaction. Raises django.db errors, after which nothing of the batch is stored; after
    OperationalError that is unknown, and trying again is safe.
    """
    return _store(drafts, wait=wait, may_be_plain=True)


async def store_soon(
    raw: psycopg.Connection[Any], drafts: Sequence[Draft]
) -> dict[int, StoreResult]:
    """The same without waiting, in the event loop, over a connection that is the caller's alone.

    Verdicts by the number of the draft; the `stale` ones are for `store`. Commits. Raises psycopg's
    errors, after which it is unknown what is stored.
    """
    verdicts = await _carry_out_soon(raw, Batch(drafts))
    left = [n for n in range(len(drafts)) if n not in verdicts]
    if left:
        batch = Batch([drafts[n] for n in left], may_be_plain=False)
        later = await _carry_out_soon(raw, batch)
        verdicts |= {left[n]: verdict for n, verdict in later.items()}
    return verdicts


async def _carry_out_soon(raw: psycopg.Connection[Any], batch: "Batch") -> dict[int, StoreResult]:
    steps = [Step(BEGIN), *batch.steps(wait=False), Step(COMMIT)]
    return batch.verdicts((await run_soon(raw, steps))[1:-1])


def _store(drafts: Sequence[Draft], *, wait: bool, may_be_plain: bool) -> list[StoreResult]:
    batch = Batch(drafts, may_be_plain=may_be_plain)
    connection.ensure_connection()
    with connection.wrap_database_errors:
        verdicts = batch.verdicts(_run(connection.connection, batch.steps(wait=wait)))
    stale = [n for n, verdict in verdicts.items() if verdict.status == "stale"]
    if stale:
        word_filters.read_anew()
    again = sorted({*stale, *(n for n in range(len(drafts)) if n not in verdicts)})
    if again:  # by the filters of now and by all rules; what was stored or refused is done
        later = _store([drafts[n] for n in again], wait=wait, may_be_plain=False)
        verdicts.update(zip(again, later, strict=True))
    return [verdicts[n] for n in range(len(drafts))]


def _run(raw: psycopg.Connection[Any], steps: Sequence[Step]) -> list[PGresult]:
    """The answers to all steps, which are committed together; in the caller's transaction they are
    a savepoint."""
    is_nested = connection.in_atomic_block
    if is_nested and raw.info.transaction_status == TransactionStatus.IDLE:
        # The caller's transaction begins with its first statement; without one the savepoint
        # would be a transaction, and commit.
        raw.execute("SELECT")
    begin, end = (SAVEPOINT, RELEASE) if is_nested else (BEGIN, COMMIT)
    try:
        return run(raw, [Step(begin), *steps, Step(end)])[1:-1]
    except psycopg.Error:
        if not raw.closed:
            raw.execute("ROLLBACK TO SAVEPOINT batch" if is_nested else "ROLLBACK")
        raise


class Batch:
    """Drafts on their way into the statements, and what those say of them."""

    def __init__(self, drafts: Sequence[Draft], *, may_be_plain: bool = True) -> None:
        filters = word_filters.held()
        self._revision = filters.revision
        asked = [
            NumberedDraft(n, uuid7(), each, _extras(each, filters)) for n, each in enumerate(drafts)
        ]
        special = {each.draft.conversation_id for each in asked if each.extras or not may_be_plain}
        # A conversation is for one of the two statements, so that its order is kept.
        plain: dict[UUID, list[NumberedDraft]] = {}
        for each in asked:
            if each.draft.conversation_id not in special:
                plain.setdefault(each.draft.conversation_id, []).append(each)
        self._conversations = special.union(plain)
        self._plain = list(plain.values())
        self._whole = [each for each in asked if each.draft.conversation_id in special]

    def steps(self, *, wait: bool) -> list[Step]:
        """Those between BEGIN and COMMIT; `verdicts` takes their answers."""
        steps = [Step(PLAN), Step(LOCK if wait else LOCK_FREE, [uuids(self._conversations)])]
        attachments = [key for each in self._whole for key in each.draft.attachment_ids]
        if attachments:
            steps.append(Step(LOCK_ATTACHMENTS, [uuids(attachments)]))
        rationed = {each.draft.sender_id for each in self._whole if "ration" in each.extras}
        if rationed:
            steps.append(Step(LOCK_RATIONS, [uuids(rationed)]))
        revision = None if self._revision is None else self._revision.bytes
        if self._plain:
            steps.append(Step(PLAIN, [*_columns(self._plain), revision]))
        if self._whole:
            rows = [_row(place, each) for place, each in enumerate(self._whole)]
            steps.append(Step(WHOLE, [dump(rows), revision]))
        return steps

    def verdicts(self, answers: Sequence[PGresult]) -> dict[int, StoreResult]:
        """By the number of the draft; none where PLAIN leaves it to WHOLE."""
        plain = [each for members in self._plain for each in members]
        asked = [those for those in (plain, self._whole) if those]
        verdicts = {}
        for those, answer in zip(asked, answers[-len(asked) :], strict=True):
            for place, *values in rows_of(answer):
                each = those[int(place)]
                verdicts[each.number] = _verdict(each, *values)
        return verdicts


def _extras(draft: Draft, filters: WordList) -> dict[str, Any]:
    """What the draft is beside a plain text; nothing for nearly all of them.

    `called` holds the mentioned people, and null for everybody; `flag`, `is_refused` and `ration`
    are what word filters and the limits of new accounts say of it.
    """
    extras: dict[str, Any] = {}
    people, everybody = mentioned_in(draft.content)
    if people or everybody:
        extras["called"] = [*people, *([None] if everybody else [])]
    if draft.reply_to_seq is not None:
        extras["reply_to_seq"] = draft.reply_to_seq
    if draft.attachment_ids:
        extras["attachments"] = draft.attachment_ids
    is_refused, flag = filters.judge(draft.content)
    if is_refused:
        extras["is_refused"] = True
    if flag:
        extras |= {"flag": flag, "report_id": uuid7()}
    ration = link_ration(draft.sender_id, draft.content)
    if ration is not None:
        extras["ration"] = ration
    return extras


def _row(place: int, asked: NumberedDraft) -> dict[str, Any]:
    """A draft as WHOLE reads it."""
    draft = asked.draft
    return {
        "ord": place,
        "id": asked.id,
        "conversation_id": draft.conversation_id,
        "sender_id": draft.sender_id,
        "client_id": draft.client_id,
        "fingerprint": "\\x" + draft.fingerprint().hex(),
        "body": draft.content,
        **asked.extras,
    }


def _columns(plain: Sequence[Sequence[NumberedDraft]]) -> list[bytes]:
    """The drafts as PLAIN reads them, one list for each conversation."""
    places: list[int] = []
    lasts: list[bool] = []
    runs: list[bool] = []
    ends: list[bool] = []
    for members in plain:
        count, first = len(members), members[0].draft.sender_id
        run = next((n for n, each in enumerate(members) if each.draft.sender_id != first), count)
        places += range(1, count + 1)
        lasts += [False] * (count - 1) + [True]
        runs += [True] * run + [False] * (count - run)
        ends += [False] * (run - 1) + [True] + [False] * (count - run)
    in_order = [each for members in plain for each in members]
    drafts = [each.draft for each in in_order]
    return [
        uuids(each.id for each in in_order),
        uuids(draft.conversation_id for draft in drafts),
        uuids(draft.sender_id for draft in drafts),
        uuids(draft.client_id for draft in drafts),
        digests([draft.fingerprint() for draft in drafts]),
        texts(draft.content for draft in drafts),
        ints(places),
        bools(lasts),
        bools(runs),
        bools(ends),
    ]


def _verdict(
    asked: NumberedDraft,
    status: bytes,
    seq: bytes | None,
    rev: bytes | None,
    member_rev: bytes | None,
    created_at: bytes | None,  # microseconds since 1970
    kind: bytes = b"text",
    thread_seq: bytes | None = None,
    attachments: bytes | None = None,
    wait: bytes | None = None,
) -> StoreResult:
    """Of a row of PLAIN or WHOLE, in PostgreSQL's texts."""
    if status != b"new" or not (seq and rev and member_rev and created_at):
        return StoreResult(status.decode(), _number(seq), wait=_number(wait))
    draft = asked.draft
    row: MessageRow = {
        "id": asked.id,
        "conversation_id": draft.conversation_id,
        "seq": int(seq),
        "rev": int(rev),
        "sender_id": draft.sender_id,
        "client_id": draft.client_id,
        "kind": kind.decode(),
        "body": draft.content,
        "meta": None,
        "reply_to_seq": draft.reply_to_seq,
        "thread_seq": _number(thread_seq),
        "created_at": _moment(created_at),
        "edited_at": None,
        "deleted_at": None,
        "pinned_at": None,
        "pinned_by_id": None,
    }
    return StoreResult(
        "new",
        int(seq),
        row,
        int(member_rev),
        orjson.loads(attachments) if attachments else (),
        report_id=asked.extras.get("report_id"),
    )


@lru_cache(maxsize=64)
def _moment(microseconds: bytes) -> datetime:
    """What is stored together has few times."""
    return EPOCH + timedelta(microseconds=int(microseconds))


def _number(text: bytes | None) -> int | None:
    return None if text is None else int(text)
