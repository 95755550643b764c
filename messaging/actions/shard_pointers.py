"""Moving pointers on a distributed database: a transaction for each conversation.

What is one statement on one PostgreSQL (`receipts.MOVE`) is three here, since Citus sends a
statement to one node only if all that it locks and writes is one table's and one conversation's.
The rows stay locked between them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from chatproject.core.db.statements import bigs, fetch, send, statement
from conversations import receipt_rights
from conversations.models import LARGE_CONVERSATION, Participant
from conversations.visibility import sql
from messaging.actions.pointers import Key, Kind, Pointers, Wanted
from messaging.models import Receipt

TAKE = """
SELECT p.id, p.user_id, p.state_rev, p.last_read_seq, p.last_delivered_seq, p.unread_mark,
       {unread_after}, greatest(p.last_delivered_seq, p.from_seq - 1, p.cleared_seq),
       c.last_seq, c.member_count > %(large)s::int OR {is_untold}, statement_timestamp()
FROM conversations_participant p
JOIN conversations_conversation c ON c.id = %(conversation)s
WHERE p.conversation_id = %(conversation)s AND p.user_id = ANY(%(people)s::uuid[]) AND {is_open}
FOR NO KEY UPDATE OF p {busy}
"""
TAKE_OR_WAIT, TAKE_UNLOCKED = (
    statement(
        TAKE,
        busy=busy,
        unread_after=sql.unread_after(),
        is_open=sql.is_open(),
        is_untold=receipt_rights.is_untold("%(conversation)s", "p.user_id"),
    )
    for busy in ("", "SKIP LOCKED")
)
MOVE = statement("""
UPDATE conversations_participant p
SET last_read_seq = d.read_seq, last_read_at = coalesce(d.read_at, p.last_read_at),
    last_delivered_seq = d.delivered_seq, unread_mark = d.unread_mark, state_rev = d.state_rev
FROM unnest(%(ids)s::uuid[], %(reads)s::bigint[], %(times)s::timestamptz[], %(delivered)s::bigint[],
            %(marks)s::boolean[], %(revs)s::bigint[])
    AS d(id, read_seq, read_at, delivered_seq, unread_mark, state_rev)
WHERE p.conversation_id = %(conversation)s AND p.id = d.id
""")


class _Taken(NamedTuple):
    """A period under its lock, and what the move depends on."""

    id: UUID
    user_id: UUID
    state_rev: int
    last_read_seq: int
    last_delivered_seq: int
    unread_mark: bool
    read_from: int  # a receipt tells (from, up to] of what the person can see
    delivered_from: int
    head: int
    is_quiet: bool
    at: datetime


def move_on_shards(wanted: Sequence[Wanted], *, wait: bool) -> dict[Key, Pointers | None]:
    """The pointers of all who are in; None for those whose row is locked elsewhere."""
    found: dict[Key, Pointers | None] = {}
    ordered = sorted(wanted, key=lambda it: it.conversation_id)
    for conversation_id, some in groupby(ordered, key=lambda it: it.conversation_id):
        by_person = {it.user_id: it for it in some}
        with transaction.atomic():
            found |= _move(conversation_id, by_person, wait=wait)
    return found


def _move(
    conversation_id: UUID, wanted: Mapping[UUID, Wanted], *, wait: bool
) -> dict[Key, Pointers | None]:
    params = {"conversation": conversation_id, "people": list(wanted), "large": LARGE_CONVERSATION}
    rows = fetch(TAKE_OR_WAIT if wait else TAKE_UNLOCKED, params)
    taken = [_Taken._make(row) for row in rows]
    moved = [(each, _moved(conversation_id, each, wanted[each.user_id])) for each in taken]
    if changed := [pair for pair in moved if pair[1].was_changed]:
        _save(conversation_id, changed)
    found: dict[Key, Pointers | None] = {
        (each.user_id, conversation_id): pointers for each, pointers in moved
    }
    busy = wanted.keys() - {each.user_id for each in taken}
    if busy and not wait:
        inside = Participant.objects.open().filter(conversation=conversation_id, user__in=busy)
        found |= {(user, conversation_id): None for user in inside.values_list("user", flat=True)}
    return found


def _moved(conversation_id: UUID, period: _Taken, wanted: Wanted) -> Pointers:
    read_to = min(wanted.read_seq, period.head)
    delivered_to = min(wanted.delivered_seq, period.head)
    reads, gets = read_to > period.read_from, delivered_to > period.delivered_from
    unmarks = period.unread_mark and wanted.read_seq > 0
    was_changed = reads or gets or unmarks
    return Pointers(
        user_id=period.user_id,
        conversation_id=conversation_id,
        moved=frozenset(
            kind for kind, is_new in ((Kind.READ, reads), (Kind.DELIVERED, gets)) if is_new
        ),
        last_read_seq=read_to if reads else period.last_read_seq,
        last_delivered_seq=delivered_to if gets else period.last_delivered_seq,
        unread_mark=period.unread_mark and not unmarks,
        state_rev=period.state_rev + was_changed,
        at=period.at,
        was_changed=was_changed,
        is_quiet=period.is_quiet,
    )


def _save(conversation_id: UUID, changed: Sequence[tuple[_Taken, Pointers]]) -> None:
    pointers = [it for _, it in changed]
    send(
        MOVE,
        {
            "conversation": conversation_id,
            "ids": [period.id for period, _ in changed],
            "reads": bigs(it.last_read_seq for it in pointers),
            "times": [it.at if Kind.READ in it.moved else None for it in pointers],
            "delivered": bigs(it.last_delivered_seq for it in pointers),
            "marks": [it.unread_mark for it in pointers],
            "revs": bigs(it.state_rev for it in pointers),
        },
    )
    receipts = [receipt for pair in changed for receipt in _receipts(*pair)]
    Receipt.objects.bulk_create(receipts, ignore_conflicts=True)


def _receipts(period: _Taken, pointers: Pointers) -> Iterable[Receipt]:
    if pointers.is_quiet:
        return
    ranges = {
        Kind.READ: (period.read_from, pointers.last_read_seq),
        Kind.DELIVERED: (period.delivered_from, pointers.last_delivered_seq),
    }
    for kind in pointers.moved:
        from_seq, up_to_seq = ranges[kind]
        yield Receipt(
            conversation_id=pointers.conversation_id,
            user_id=pointers.user_id,
            kind=kind,
            from_seq=from_seq,
            up_to_seq=up_to_seq,
            at=pointers.at,
        )
