"""Stores plain texts from people who may post, nearly all messages, in one round trip.

BEGIN; lock; store; COMMIT. The lock is a separate statement, because the one that checks needs a
snapshot taken after it: a single statement that locked and checked once let a message in after a
committed leave. A setting of the transaction passes the locked ids to the second statement, so that
nothing has to be read back in between.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import chain
from uuid import UUID

from chatproject.core.db.binary_arrays import bools, digests, ints, texts, uuids
from chatproject.core.db.pipeline import BINARY, Statement, Step, Trips, rows_of
from conversations import posting
from conversations.visibility import sql
from messaging.archive.client_keys import may_be_archived
from messaging.sending.numbered_drafts import NumberedDraft
from messaging.sending.results import DEFERRED, SendStatus, StoreResult, new_row
from messaging.sending.transaction import PLANNER_SETTINGS, Bounds

_LOCK = """
SELECT set_config('chat.locked', '{' || coalesce((
           SELECT string_agg(id::text, ',') FROM (
               SELECT id FROM conversations_conversation
               WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE
           ) AS taken), '') || '}', true)
"""
LOCK = Statement(_LOCK, BINARY)
LOCK_FREE = Statement(_LOCK.replace("KEY UPDATE", "KEY UPDATE SKIP LOCKED"), BINARY)

# The drafts come as columns, grouped by conversation. `n` counts within a conversation; `run` is
# true for the drafts at its beginning that have one sender, `run_end` for the last of these. All
# drafts of a conversation are stored, or all are deferred, or all are undecided: then they are
# stored stepwise, which finds the reason.
_FAST = """
WITH judged AS MATERIALIZED (
    SELECT *, bool_and(is_plain) OVER (PARTITION BY conversation_id) AS is_new
    FROM (
        SELECT d.*, p.id AS participant_id, c.member_rev,
               c.last_seq + d.n AS seq, c.last_rev + d.n AS rev,
               greatest(statement_timestamp(), c.last_at + interval '1 microsecond')
                   + (d.n - 1) * interval '1 microsecond' AS created_at,
               d.run AND p.last_read_seq = c.last_seq AS leads,
               c.id IS NOT NULL AND NOT c.id = ANY(
                   (SELECT current_setting('chat.locked')::uuid[])::uuid[]) AS is_busy,
               p.id IS NOT NULL AND old.seq IS NULL
               AND c.id = ANY((SELECT current_setting('chat.locked')::uuid[])::uuid[])
               AND {may_post} AND {is_not_slowed}
               AND (c.archived_seq = 0 OR NOT {may_be_archived})
               AND (SELECT revision FROM messaging_rulebook WHERE id = 1)
                   IS NOT DISTINCT FROM $11::uuid AS is_plain
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::text[],
                    $7::int[], $8::bool[], $9::bool[], $10::bool[]) WITH ORDINALITY
            AS d(id, conversation_id, sender_id, client_id, fingerprint, body,
                 n, is_last, run, run_end, ord)
        LEFT JOIN conversations_conversation c ON c.id = d.conversation_id
        LEFT JOIN conversations_participant p
            ON p.conversation_id = d.conversation_id AND p.user_id = d.sender_id AND {is_open}
        LEFT JOIN messaging_message old
            ON old.conversation_id = d.conversation_id AND old.sender_id = d.sender_id
           AND old.client_id = d.client_id AND old.client_id IS NOT NULL
    ) AS asked
), heads AS (
    UPDATE conversations_conversation c
    SET last_seq = j.seq, last_rev = j.rev, last_at = j.created_at, last_message_at = j.created_at
    FROM judged j WHERE c.id = j.conversation_id AND j.is_last AND j.is_new
), pointers AS (
    UPDATE conversations_participant p
    SET last_read_seq = j.seq, last_read_at = j.created_at,
        last_delivered_seq = greatest(p.last_delivered_seq, j.seq)
    FROM judged j WHERE p.id = j.participant_id AND j.run_end AND j.leads AND j.is_new
), inserted AS (
    INSERT INTO messaging_message (
        id, conversation_id, seq, rev, sender_id, client_id, fingerprint, kind, body, sent_behind,
        created_at)
    SELECT id, conversation_id, seq, rev, sender_id, client_id, fingerprint, 'text', body,
           NOT leads, created_at
    FROM judged WHERE is_new
)
SELECT ord - 1,
       CASE WHEN is_new THEN 'stored' WHEN is_busy THEN 'deferred' ELSE 'undecided' END,
       seq, rev, member_rev, (extract(epoch FROM created_at) * 1000000)::bigint
FROM judged
"""
FAST = Statement(
    _FAST.format(
        may_post=posting.may_post("d.conversation_id", "d.sender_id"),
        is_not_slowed=posting.is_not_slowed(),
        is_open=sql.is_open(),
        may_be_archived=may_be_archived("d.conversation_id", "d.client_id"),
    ),
    *[BINARY] * 11,
)


class FastStatus(Enum):
    """What FAST answers for each draft."""

    STORED = b"stored"
    DEFERRED = b"deferred"
    UNDECIDED = b"undecided"


def store_fast(
    groups: Sequence[Sequence[NumberedDraft]],
    revision: UUID | None,
    *,
    wait: bool,
    bounds: Bounds,
) -> Trips[Mapping[int, StoreResult]]:
    """Stores plain drafts, grouped by conversation; `revision` is that of their word filters.

    Returns results by the drafts' numbers, only for decided ones: stored or deferred.
    """
    conversations = [members[0].draft.conversation_id for members in groups]
    held = None if revision is None else revision.bytes
    answers = yield [
        Step(bounds.begin),
        Step(PLANNER_SETTINGS),
        Step(LOCK if wait else LOCK_FREE, [uuids(conversations)]),
        Step(FAST, [*_columns(groups), held]),
        Step(bounds.end),
    ]
    in_order = list(chain.from_iterable(groups))
    results = {}
    for place, status, *values in rows_of(answers[3]):
        each = in_order[int(place)]
        match FastStatus(status):
            case FastStatus.STORED:
                results[each.number] = _stored(each, *map(int, values))
            case FastStatus.DEFERRED:
                results[each.number] = DEFERRED
            case FastStatus.UNDECIDED:
                pass
    return results


def _stored(each: NumberedDraft, seq: int, rev: int, member_rev: int, at: int) -> StoreResult:
    row = new_row(each.draft, each.id, seq=seq, rev=rev, at=at)
    return StoreResult(SendStatus.STORED, row, member_rev)


def _columns(groups: Sequence[Sequence[NumberedDraft]]) -> list[bytes]:
    """The drafts as parameters of FAST: one array for each column."""
    places: list[int] = []
    lasts: list[bool] = []
    runs: list[bool] = []
    ends: list[bool] = []
    for members in groups:
        count, first = len(members), members[0].draft.sender_id
        run = next((n for n, each in enumerate(members) if each.draft.sender_id != first), count)
        places += range(1, count + 1)
        lasts += [False] * (count - 1) + [True]
        runs += [True] * run + [False] * (count - run)
        ends += [False] * (run - 1) + [True] + [False] * (count - run)
    in_order = [each for members in groups for each in members]
    drafts = [each.draft for each in in_order]
    return [
        uuids(each.id for each in in_order),
        uuids(draft.conversation_id for draft in drafts),
        uuids(draft.sender_id for draft in drafts),
        uuids(draft.client_id for draft in drafts),
        digests([draft.fingerprint() for draft in drafts]),
        texts(draft.body for draft in drafts),
        ints(places),
        bools(lasts),
        bools(runs),
        bools(ends),
    ]
