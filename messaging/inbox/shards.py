"""Entries on a distributed database, where they are on the nodes of their people, and conversations
on other nodes.

What one statement does on one PostgreSQL is read from the one and written to the other here, in the
same transactions and under the same locks. All functions are about conversations of one shard;
those with a `link` work in its transaction, and the others in Django's.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chatproject.core.db.distributed.distribution import hash_of
from chatproject.core.db.distributed.nodes import nodes
from chatproject.core.db.statements import big, bigs, fetch, send, statement
from conversations.visibility import sql
from messaging.inbox.columns import ACTIVE_AT, IS_ARCHIVED, PINNED
from messaging.inbox.links import OF_DJANGO, Link


class Entry(NamedTuple):
    user_id: UUID
    conversation_id: UUID
    pinned: datetime
    active_at: datetime
    is_archived: bool
    fans_out: bool


class Head(NamedTuple):
    """A conversation and its cursor, of which there may be none."""

    id: UUID
    last_rev: int
    active_at: datetime
    fans_out: bool
    rev: int | None
    was_fanning_out: bool | None


class Member(NamedTuple):
    """An open period."""

    conversation_id: UUID
    user_id: UUID
    pinned: datetime
    is_archived: bool


_ENTRIES = "messaging_inboxentry"
MANY = 4  # entries for each shard, from which on each is asked by itself
HEADS = statement(
    """
    SELECT c.id, c.last_rev, {active_at}, c.member_count <= %(members)s, s.rev, s.fans_out
    FROM conversations_conversation c
    LEFT JOIN messaging_inboxcursor s
      ON s.conversation_id = c.id AND s.conversation_id = ANY(%(ids)s::uuid[])
    WHERE c.id = ANY(%(ids)s::uuid[]) ORDER BY c.id
    """,
    active_at=ACTIVE_AT,
)
MEMBERS = statement(
    """
    SELECT p.conversation_id, p.user_id, {pinned}, {is_archived} FROM conversations_participant p
    WHERE p.conversation_id = ANY(%(ids)s::uuid[]) AND {is_open}
      AND (%(users)s::uuid[] IS NULL OR p.user_id = ANY(%(users)s::uuid[]))
    ORDER BY p.conversation_id, p.id
    """,
    pinned=PINNED,
    is_archived=IS_ARCHIVED,
    is_open=sql.is_open(),
)
_LOCK_MEMBERS = f"{MEMBERS} FOR SHARE"
_OF_PERIOD = statement(
    """
    SELECT p.conversation_id, p.user_id, {pinned}, {is_archived} FROM conversations_participant p
    WHERE p.conversation_id = %(conversation)s AND p.id = %(period)s AND {is_open}
    """,
    pinned=PINNED,
    is_archived=IS_ARCHIVED,
    is_open=sql.is_open(),
)
_LOCK_CURSOR = """
SELECT fans_out FROM messaging_inboxcursor WHERE conversation_id = %(conversation)s FOR SHARE
"""
_ERASED = "SELECT user_id FROM messaging_erasedperson WHERE user_id = ANY(%(users)s::uuid[])"
_IS_KEPT = "SELECT FROM messaging_inboxstate"

_INSERT = """
INSERT INTO messaging_inboxentry
    (user_id, conversation_id, pinned, active_at, is_archived, fans_out)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::boolean[],
                     %s::boolean[])
ON CONFLICT (user_id, conversation_id) DO UPDATE
SET pinned = excluded.pinned, active_at = excluded.active_at,
    is_archived = excluded.is_archived, fans_out = excluded.fans_out
"""
_UPDATE = """
UPDATE messaging_inboxentry e SET active_at = v.active_at, fans_out = v.fans_out
FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %s::boolean[])
    AS v(user_id, conversation_id, active_at, fans_out)
WHERE e.user_id = v.user_id AND e.conversation_id = v.conversation_id
  AND e.user_id = ANY(%s::uuid[])
  AND (e.active_at, e.fans_out) <> (v.active_at, v.fans_out)
"""
_UPDATE_OWN = """
UPDATE messaging_inboxentry SET pinned = %(pinned)s, is_archived = %(is_archived)s
WHERE user_id = %(user)s AND conversation_id = %(conversation)s
"""
_MOVE = """
UPDATE messaging_inboxcursor s SET rev = v.rev, fans_out = v.fans_out
FROM unnest(%(ids)s::uuid[], %(revs)s::bigint[], %(fans_out)s::boolean[])
    AS v(conversation_id, rev, fans_out)
WHERE s.conversation_id = v.conversation_id AND s.conversation_id = ANY(%(ids)s::uuid[])
"""
_BEGIN = """
INSERT INTO messaging_inboxcursor (conversation_id, rev, fans_out)
VALUES (%(conversation)s, %(rev)s, %(fans_out)s)
ON CONFLICT (conversation_id) DO UPDATE SET rev = excluded.rev, fans_out = excluded.fans_out
"""


def place_members(conversation_id: UUID, user_ids: Iterable[UUID]) -> None:
    """See `entries.place_members`."""
    if not fetch(_IS_KEPT, {}):
        return
    cursor = fetch(_LOCK_CURSOR, {"conversation": conversation_id})
    fans_out = cursor[0][0] if cursor else True
    (head,) = heads_of(OF_DJANGO, [conversation_id], 0)
    members = _members(OF_DJANGO, [conversation_id], list(user_ids))
    _insert(OF_DJANGO, _entries([head._replace(fans_out=fans_out)], members))


def change_own_state(conversation_id: UUID, period_id: UUID) -> None:
    """Writes what the person's open period has into their entry."""
    asked = {"conversation": conversation_id, "period": period_id}
    for member in map(Member._make, fetch(_OF_PERIOD, asked)):
        values = {"user": member.user_id, "conversation": member.conversation_id}
        send(_UPDATE_OWN, {**values, "pinned": member.pinned, "is_archived": member.is_archived})


def write(link: Link, heads: Iterable[Head]) -> tuple[int, int]:
    """Brings the entries up to the heads, whose cursors are locked; how many were written, and how
    many changes were written together with a later one."""
    heads = [head for head in heads if head.rev is not None]
    moving = [head for head in heads if head.fans_out or head.was_fanning_out]
    members = _members(link, [head.id for head in moving])
    written = _update(link, _entries(moving, members))
    if heads:
        ids, revs, fans_out = zip(*((it.id, it.last_rev, it.fans_out) for it in heads), strict=True)
        link.change(_MOVE, {"ids": list(ids), "revs": bigs(revs), "fans_out": list(fans_out)})
    return written, sum(max(head.last_rev - (head.rev or 0) - 1, 0) for head in heads)


def rewrite(link: Link, ids: Sequence[UUID], most_members: int) -> int:
    """See `applying.rewrite`. Locks the members."""
    members = _members(link, ids, text=_LOCK_MEMBERS)
    users = [member.user_id for member in members]
    erased = {row[0] for row in fetch(_ERASED, {"users": users})}  # the coordinator alone knows
    heads = heads_of(link, ids, most_members)
    entries = _entries(heads, [it for it in members if it.user_id not in erased])
    _insert(link, entries)
    for head in heads:
        link.change(_BEGIN, _cursor(head))
    return len(entries)


def heads_of(link: Link, ids: Sequence[UUID], most_members: int) -> list[Head]:
    rows = link.fetch(HEADS, {"ids": list(ids), "members": big(most_members)}) if ids else []
    return [Head._make(row) for row in rows]


def _members(
    link: Link, ids: Sequence[UUID], users: Collection[UUID] | None = None, text: str = MEMBERS
) -> list[Member]:
    asked = {"ids": list(ids), "users": None if users is None else list(users)}
    return [Member._make(row) for row in link.fetch(text, asked)] if ids else []


def _entries(heads: Iterable[Head], members: Iterable[Member]) -> list[Entry]:
    """In the order in which their rows are locked."""
    known = {head.id: head for head in heads}
    return sorted(
        Entry(
            member.user_id,
            member.conversation_id,
            member.pinned,
            known[member.conversation_id].active_at,
            member.is_archived,
            known[member.conversation_id].fans_out,
        )
        for member in members
    )


def _insert(link: Link, entries: Sequence[Entry]) -> None:
    if entries:
        link.change(_INSERT, [list(column) for column in zip(*entries, strict=True)])


def _update(link: Link, entries: Sequence[Entry]) -> int:
    """How many were not so before. Entries of people who have left meanwhile are not there."""
    if not entries:
        return 0
    return sum(_update_one(link, group) for group in _by_shard_of_people(entries))


def _update_one(link: Link, entries: Sequence[Entry]) -> int:
    users, conversations, _, active, _, fans_out = map(list, zip(*entries, strict=True))
    return link.change(_UPDATE, [users, conversations, active, fans_out, list(set(users))])


def _by_shard_of_people(entries: Sequence[Entry]) -> Iterable[Sequence[Entry]]:
    """Where that is known and they are many, which spares each shard the values of all others. A
    shard that was split meanwhile makes one statement about two."""
    catalog = nodes.catalog
    if catalog is None:
        return [entries]
    group = catalog.tables[_ENTRIES].group
    if len(entries) < MANY * len(catalog.all_hashes(group)):
        return [entries]
    groups: dict[int, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(catalog.shard_of(group, hash_of(entry.user_id)), []).append(entry)
    return groups.values()


def _cursor(head: Head) -> dict[str, object]:
    return {"conversation": head.id, "rev": big(head.last_rev), "fans_out": head.fans_out}
