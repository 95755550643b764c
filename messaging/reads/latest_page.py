"""The last page of a log for who sees everything that comes, from what is kept of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from chatproject.core.db.statements import big, bigs, fetch, statement
from conversations.visibility import FOREVER, Sight
from messaging.reads.latest_page_cache import PAGE, SIZE, Kept, Latest, recent
from messaging.reads.message_rows import (
    BESIDE,
    NOBODY,
    SHOWN,
    Shown,
    newest_rev,
    shared_json,
    shown,
    status_of,
)
from messaging.reads.people import MAX_PEOPLE, named_in
from messaging.reads.watermarks import watermarks_in
from messaging.wire import MessageRow

NEWEST = statement(
    """
    SELECT {shown}
    FROM (SELECT {forever}::bigint AS to_rev) s
    CROSS JOIN LATERAL (
        SELECT * FROM messaging_message m
        WHERE m.conversation_id = %(conversation)s AND m.seq <= %(last)s
        ORDER BY m.seq DESC LIMIT {size}
    ) m
    {beside}
    ORDER BY m.seq
    """,
    shown=SHOWN,
    beside=BESIDE,
    forever=str(FOREVER),
    size=str(SIZE),
)

# What moves no rev: what people are called, and what the viewer has hidden.
BESIDE_IT = """
SELECT id::text, name, is_bot, NULL::bigint FROM accounts_user WHERE id = ANY(%(ids)s::uuid[])
UNION ALL
SELECT NULL, NULL, NULL, seq FROM messaging_hide
WHERE conversation_id = %(conversation)s AND user_id = %(viewer)s AND seq = ANY(%(seqs)s)
"""


def latest_page(sight: Sight, limit: int) -> dict[str, Any] | None:
    """The page as JSON; None where it has to be read in the ordinary way.

    For who sees the log from one seq on and everything that comes. Within a transaction nothing is
    kept, since it may never come to be.
    """
    if limit > PAGE or connection.in_atomic_block or not _sees_one_live_stretch(sight):
        return None
    head = sight.conversation
    latest = recent.get(head.pk, head.last_rev) or _read(head.pk, head.last_seq, head.last_rev)
    if latest is None:
        return None
    visible = [kept for kept in latest.messages if kept.shape["seq"] >= sight.spans[0].from_seq]
    page = visible[-limit:]
    if not page or page[-1].shape["seq"] != sight.head:
        return None
    return _as_seen(sight, page, has_older=len(visible) > limit)


def _as_seen(sight: Sight, page: Sequence[Kept], *, has_older: bool) -> dict[str, Any] | None:
    people = _people(page)
    rows = fetch(
        BESIDE_IT,
        {
            "ids": people,
            "conversation": sight.conversation.pk,
            "viewer": sight.user_id,
            "seqs": bigs(kept.shape["seq"] for kept in page),
        },
    )
    names = {row[0]: row for row in rows if row[3] is None}
    if len(names) < len(rows):
        return None  # something is hidden
    return {
        "results": _own(sight, page),
        "next": None,
        "previous": str(page[0].shape["seq"]) if has_older else None,
        "rev": sight.rev,
        "people": [
            {"id": user_id, "name": names[user_id][1], "isBot": names[user_id][2]}
            for user_id in people
            if user_id in names
        ],
    }


def _own(sight: Sight, page: Sequence[Kept]) -> list[dict[str, Any]]:
    """The shared shapes, and beside them what only the viewer is told."""
    viewer = str(sight.user_id)
    has_own = any(kept.sender == viewer for kept in page)
    floors = watermarks_in(sight.user_id, [sight]) if has_own else {}
    ours = floors.get(str(sight.conversation.pk))
    return [
        {
            **shape,
            "mine": sender == viewer,
            "status": status_of(shape["kind"], shape["seq"], ours) if sender == viewer else None,
            "myReactions": [it["emoji"] for it in shape["reactions"] if viewer in it["userIds"]],
        }
        for shape, sender, _ in page
    ]


def _people(page: Sequence[Kept]) -> list[str]:
    """As `people.people_in`: who sent the messages, then whom else they name."""
    senders = dict.fromkeys(kept.sender for kept in page if kept.sender)
    named = dict.fromkeys(name for kept in page for name in kept.named if name not in senders)
    return [*senders, *list(named)[:MAX_PEOPLE]]


def _sees_one_live_stretch(sight: Sight) -> bool:
    return len(sight.spans) == 1 and sight.is_live and sight.spans[0].to_rev == FOREVER


def _read(conversation_id: UUID, last_seq: int, last_rev: int) -> Latest | None:
    """Reads and keeps them; None where the log has moved meanwhile."""
    rows = [
        shown(row)
        for row in fetch(
            NEWEST, {"viewer": NOBODY, "conversation": conversation_id, "last": big(last_seq)}
        )
    ]
    if newest_rev(rows) > last_rev:
        return None
    fits = all(_names_all_who_reacted(row) for row in rows)
    latest = Latest(last_rev, list(map(_kept, rows)) if fits else ())
    recent.put(conversation_id, latest)
    return latest


def _kept(message: Shown) -> Kept:
    sender: Any = message.row["sender_id"]
    return Kept(shared_json(message), sender, list(named_in(message.row)))


def _names_all_who_reacted(message: Shown) -> bool:
    """Else it cannot be told from the shared shape whether the viewer did."""
    return all(number == len(people) for _, number, people, _ in message.reactions)


def keep_sent(row: MessageRow, message: bytes) -> None:
    """A message that was sent, and committed, moves on what is kept of its conversation."""
    if recent.holds(row["conversation_id"]):
        recent.follow(
            row["conversation_id"],
            row["rev"],
            lambda: Kept(orjson.loads(message), str(row["sender_id"]), list(named_in(row))),
        )
