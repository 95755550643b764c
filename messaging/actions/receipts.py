"""Advances the pointers of what people have received and read, and inserts the receipts.

A pointer is a field of the open period, so moving it needs no conversation lock. `advance_pointers`
moves any number in one statement, which reads the old values under the rows' own locks: two devices
that read at once leave receipts whose ranges meet and do not overlap.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import bigs, fetch, statement
from chatproject.core.errors import Refusal
from chatproject.core.times import rfc3339
from chatproject.realtime.bus import Publication, publish
from conversations import receipt_rights
from conversations.errors import ConversationNotFound, NotAParticipant
from conversations.events import state_changed
from conversations.models import LARGE_CONVERSATION, Participant
from conversations.visibility import sql, visibility_of
from messaging.actions.pointers import Key, Kind, Pointers, Wanted
from messaging.actions.shard_pointers import move_on_shards
from messaging.events import beside_log

READ_AT_ONCE = 100  # conversations of `mark_all_read` in one transaction


class Advance(NamedTuple):
    """`user_id` has read, or was delivered, everything up to `seq`."""

    user_id: UUID
    conversation_id: UUID
    kind: str  # Receipt.Kind
    seq: int


def mark_read(*, conversation_id: UUID, user_id: UUID, seq: int) -> dict[str, Any]:
    """Marks everything up to `seq` (at most the head) as read, and so as delivered; returns the
    person's pointers as JSON. A seq that was read before only removes the mark "unread".

    Raises ConversationNotFound, NotAParticipant.
    """
    return move_pointer(Advance(user_id, conversation_id, Kind.READ, seq))


def mark_all_read(*, user_id: UUID) -> int:
    """Marks all conversations of the person as read up to their heads, and removes the marks
    "unread"; returns in how many something changed."""
    behind = Q(last_read_seq__lt=F("conversation__last_seq")) | Q(unread_mark=True)
    inside = Participant.objects.open().filter(behind, user=user_id)
    heads = list(inside.values_list("conversation_id", "conversation__last_seq"))
    changed = 0
    for start in range(0, len(heads), READ_AT_ONCE):
        batch = heads[start : start + READ_AT_ONCE]
        advances = [Advance(user_id, it, Kind.READ, max(seq, 1)) for it, seq in batch]
        changed += sum(it is not None and it.was_changed for it in advance_pointers(advances))
    return changed


def mark_delivered(*, conversation_id: UUID, user_id: UUID, seq: int) -> dict[str, Any]:
    """Marks everything up to `seq` as delivered; otherwise like `mark_read`."""
    return move_pointer(Advance(user_id, conversation_id, Kind.DELIVERED, seq))


def mark_all(advances: Sequence[Advance]) -> list[dict[str, Any] | Refusal]:
    """The pointers after each advance, or its error; an invalid advance affects no other."""
    return [
        _refusal_of(advance) if pointers is None else pointers.as_json()
        for advance, pointers in zip(advances, advance_pointers(advances), strict=True)
    ]


def move_pointer(advance: Advance) -> dict[str, Any]:
    """Moves a pointer and returns the person's pointers as JSON. Raises as `mark_read` does."""
    (pointers,) = advance_pointers([advance])
    if pointers is None:
        raise _refusal_of(advance)
    return pointers.as_json()


def _refusal_of(advance: Advance) -> Refusal:
    """Why somebody without an open period has no pointers."""
    try:
        visibility_of(advance.conversation_id, advance.user_id)
    except ConversationNotFound as refusal:
        return refusal
    return NotAParticipant()


def advance_pointers(advances: Sequence[Advance]) -> list[Pointers | None]:
    """Moves the pointers; returns for each advance where its person's pointers are after all of
    them, or None if they are not in the conversation.

    Published after the commit: `state.changed` to the person's own devices, and `receipt.advanced`
    to the others, unless the conversation is large or the others may not know (`receipt_rights`):
    then no receipt is inserted either, so that their watermarks do not move.

    While a batch holds locks it waits for no row that is locked elsewhere, so it cannot deadlock:
    such rows are moved after it, one by one.
    """
    wanted = _merge(advances)
    found = _move(list(wanted.values()), wait=len(wanted) == 1)
    for key, pointers in list(found.items()):
        if pointers is None:
            found |= _move([wanted[key]], wait=True)
    if events := [event for pointers in found.values() if pointers for event in _events(pointers)]:
        transaction.on_commit(lambda: publish(events), robust=True)
    return [found.get((advance.user_id, advance.conversation_id)) for advance in advances]


def _merge(advances: Sequence[Advance]) -> dict[Key, Wanted]:
    """One row per person and conversation, since one statement moves a row once."""
    wanted: dict[Key, Wanted] = {}
    for user_id, conversation_id, kind, seq in advances:
        key = (user_id, conversation_id)
        _, _, read, delivered = wanted.get(key) or Wanted(*key, 0, 0)
        read = max(read, seq) if kind == Kind.READ else read
        wanted[key] = Wanted(*key, read, max(delivered, seq))
    return wanted


# `taken` has the values under the lock: a row that another transaction moved meanwhile is read
# anew. A receipt tells (from, up_to] of what one can see, so it never begins before `from_seq`.
MOVE = """
WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[])
        AS w(user_id, conversation_id, read_seq, delivered_seq)
), taken AS MATERIALIZED (
    SELECT p.id, p.user_id, p.conversation_id, p.state_rev, p.last_read_seq, p.last_delivered_seq,
           p.unread_mark, p.unread_mark AND w.read_seq > 0 AS unmarks,
           {unread_after} AS read_from,
           greatest(p.last_delivered_seq, p.from_seq - 1, p.cleared_seq) AS delivered_from,
           least(w.read_seq, c.last_seq) AS read_to,
           least(w.delivered_seq, c.last_seq) AS delivered_to,
           c.member_count > %s::int OR {is_untold} AS is_quiet
    FROM wanted w
    JOIN conversations_participant p
      ON p.user_id = w.user_id AND p.conversation_id = w.conversation_id AND {is_open}
    JOIN conversations_conversation c ON c.id = p.conversation_id
    FOR NO KEY UPDATE OF p {busy}
), judged AS MATERIALIZED (
    SELECT *, read_to > read_from AS reads, delivered_to > delivered_from AS gets
    FROM taken
), moved AS (
    UPDATE conversations_participant p
    SET last_read_seq = CASE WHEN j.reads THEN j.read_to ELSE p.last_read_seq END,
        last_read_at = CASE WHEN j.reads THEN statement_timestamp() ELSE p.last_read_at END,
        last_delivered_seq = CASE WHEN j.gets THEN j.delivered_to ELSE p.last_delivered_seq END,
        unread_mark = p.unread_mark AND NOT j.unmarks,
        state_rev = p.state_rev + 1
    FROM judged j
    WHERE p.id = j.id AND (j.reads OR j.gets OR j.unmarks)
    RETURNING p.id, p.last_read_seq, p.last_delivered_seq, p.unread_mark, p.state_rev
), receipts AS (
    INSERT INTO messaging_receipt (conversation_id, user_id, kind, from_seq, up_to_seq, at)
    SELECT conversation_id, user_id, 'read', read_from, read_to, statement_timestamp()
    FROM judged WHERE reads AND NOT is_quiet
    UNION ALL
    SELECT conversation_id, user_id, 'delivered', delivered_from, delivered_to,
           statement_timestamp()
    FROM judged WHERE gets AND NOT is_quiet
    ON CONFLICT DO NOTHING
)
SELECT w.user_id, w.conversation_id, j.id IS NOT NULL, j.reads, j.gets,
       coalesce(m.last_read_seq, j.last_read_seq),
       coalesce(m.last_delivered_seq, j.last_delivered_seq),
       coalesce(m.unread_mark, j.unread_mark),
       coalesce(m.state_rev, j.state_rev),
       statement_timestamp(), m.id IS NOT NULL, j.is_quiet
FROM wanted w
LEFT JOIN judged j USING (user_id, conversation_id)
LEFT JOIN moved m ON m.id = j.id
WHERE j.id IS NOT NULL OR EXISTS (
    SELECT 1 FROM conversations_participant p
    WHERE p.user_id = w.user_id AND p.conversation_id = w.conversation_id AND {is_open})
"""
MOVE_OR_WAIT, MOVE_UNLOCKED = (
    statement(
        MOVE,
        busy=busy,
        unread_after=sql.unread_after(),
        is_open=sql.is_open(),
        is_untold=receipt_rights.is_untold("p.conversation_id", "p.user_id"),
    )
    for busy in ("", "SKIP LOCKED")
)


def _move(wanted: Sequence[Wanted], *, wait: bool) -> dict[Key, Pointers | None]:
    """The pointers of members; None for those whose row is locked elsewhere."""
    if not wanted:
        return {}
    if is_distributed():
        return move_on_shards(wanted, wait=wait)
    people, conversations, read, delivered = zip(*wanted, strict=True)
    rows = fetch(
        MOVE_OR_WAIT if wait else MOVE_UNLOCKED,
        [list(people), list(conversations), bigs(read), bigs(delivered), LARGE_CONVERSATION],
    )
    return dict(map(_read_row, rows))


def _read_row(row: tuple[Any, ...]) -> tuple[Key, Pointers | None]:
    user_id, conversation_id, is_taken, reads, gets, *values = row
    key = (user_id, conversation_id)
    if not is_taken:
        return key, None
    moved = frozenset(
        kind for kind, is_new in ((Kind.READ, reads), (Kind.DELIVERED, gets)) if is_new
    )
    return key, Pointers(user_id, conversation_id, moved, *values)


def _events(pointers: Pointers) -> Iterator[Publication]:
    """The events of an advance. Reading implies delivery, which then gets no event of its own."""
    if pointers.was_changed:
        yield state_changed(
            pointers.user_id,
            pointers.conversation_id,
            state_rev=pointers.state_rev,
            **pointers.fields(),
        )
    if pointers.is_quiet:
        return
    read, delivered = pointers.last_read_seq, pointers.last_delivered_seq
    if Kind.READ in pointers.moved:
        yield _receipt_advanced(pointers, Kind.READ, read)
    if Kind.DELIVERED in pointers.moved and not (Kind.READ in pointers.moved and delivered <= read):
        yield _receipt_advanced(pointers, Kind.DELIVERED, delivered)


def _receipt_advanced(pointers: Pointers, kind: Kind, up_to_seq: int) -> Publication:
    return beside_log(
        pointers.conversation_id,
        "receipt.advanced",
        seq=up_to_seq,
        userId=str(pointers.user_id),
        kind=kind.value,
        upToSeq=up_to_seq,
        at=rfc3339(pointers.at),
    )
