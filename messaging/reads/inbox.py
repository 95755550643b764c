"""Conversations as one person sees them: the inbox, and the same for given ones.

Fan-out on read: one statement finds the person's periods, orders them by what the conversations'
rows hold, and asks for unread counts and last messages only of those on the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from accounts.wire import avatar_url
from chatproject.core.db.distribution import is_distributed
from chatproject.core.db.readings import Steps, in_slices, query, reading
from chatproject.core.db.statements import big
from chatproject.core.times import rfc3339_or_none
from conversations.errors import ConversationNotFound
from conversations.wire import conversation_json, own_state_json
from messaging.reads.answer_size import goes_on, size_params
from messaging.reads.inbox_on_shards import KEYS, entry_rows, page_rows
from messaging.reads.inbox_statements import LISTS, THESE
from messaging.reads.message_rows import VisibleMessage, message_from_row, shared_json
from messaging.reads.people import people_in


class Head(NamedTuple):
    """A conversation as the person may know it; the ids are texts."""

    pk: str
    kind: str
    title: str
    topic: str
    picture_id: str | None
    created_by_id: str | None
    created_at: datetime
    member_count: int | None
    history: str
    open_from_seq: int
    locked_at: datetime | None
    last_message_at: datetime | None
    head_seq: int
    rev: int
    member_rev: int
    from_seq: int


class Period(NamedTuple):
    """The person's open period, else the one that ended last; all None for who never was in."""

    role: str | None
    joined_at: datetime | None
    left_at: datetime | None
    last_read_seq: int | None
    last_delivered_seq: int | None
    unread_mark: bool | None
    cleared_seq: int | None
    muted_until: datetime | None
    notify: str | None
    pinned_at: datetime | None
    archived_at: datetime | None
    state_rev: int | None


class Peer(NamedTuple):
    """The other one of a direct conversation, with the nickname that the person keeps of them;
    `is_active` is false for a closed account."""

    id: str | None
    name: str
    nickname: str | None
    is_active: bool
    status_emoji: str
    status_text: str
    avatar_id: str | None


class Entry(NamedTuple):
    head: Head
    period: Period
    peer: Peer
    unread: int
    unread_mentions: int
    last_message: VisibleMessage | None


NEVER_IN = Period(None, None, None, 0, 0, False, 0, None, None, None, None, 0)


class Key(NamedTuple):
    """The place of an entry in the inbox: pinned ones first, the last pinned on top; then by the
    last message, of which there may be none yet; then by id."""

    pinned_at: datetime | None
    activity: datetime
    id: UUID


# No row comes before it, so that the first page needs no other statement.
BEFORE_ALL = Key(datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True, slots=True)
class Filters:
    """`archived` None is both; `left` lists those that the person has left, instead."""

    archived: bool | None = None
    unread: bool = False
    left: bool = False


class Inbox(NamedTuple):
    """Entries as JSON, the key to go on from (None when nothing is left), and the people in the
    last messages."""

    entries: list[dict[str, Any]]
    key: Key | None
    people: list[dict[str, Any]]


@reading
def list_inbox(*, user_id: UUID, after: Key | None, limit: int, filters: Filters) -> Steps[Inbox]:
    """The next `limit` conversations, fewer where their last messages are large; one query, and one
    more where last messages name people."""
    start, which = after or BEFORE_ALL, (filters.left, filters.unread)
    params = {
        "viewer": user_id,
        "pinned": start.pinned_at,
        "activity": start.activity,
        "last": start.id,
        "archived": filters.archived,
        "limit": big(limit + 1),
        **size_params(),
    }
    if is_distributed():
        rows = yield from page_rows(KEYS[which], params, limit)
    else:
        rows = yield from query(LISTS[which], params)
    entries = yield from in_slices(_entry, rows[:limit])
    key = _key(entries[-1]) if goes_on(rows, len(entries)) else None
    messages = [entry.last_message for entry in entries if entry.last_message]
    people = yield from people_in.steps(messages)
    return Inbox((yield from in_slices(_entry_json, entries)), key, people)


@reading
def conversation_json_for(user_id: UUID, ids: Sequence[UUID]) -> Steps[list[dict[str, Any]]]:
    """The same shape of the given conversations, in their order; one query.

    They must be few, so that they fit into an answer. Of a public conversation that the person is
    not in the role is null. Raises ConversationNotFound when they may not know of one of them.
    """
    params = {"viewer": user_id, "ids": list(ids), **size_params()}
    if is_distributed():
        rows = yield from entry_rows(ids, params)
    else:
        rows = yield from query(THESE, params)
    found = {entry.head.pk: entry for entry in map(_entry, rows)}
    wanted = list(map(str, ids))
    if not found.keys() >= set(wanted):
        raise ConversationNotFound
    return [_entry_json(found[conversation_id]) for conversation_id in wanted]


_PERIOD = len(Head._fields)
_PEER = _PERIOD + len(Period._fields)
_COUNTS = _PEER + len(Peer._fields)
_END = -5  # what the statement orders by and measures


def _entry(row: Sequence[Any]) -> Entry:
    unread, mentions, *message = row[_COUNTS:_END]
    period = Period._make(row[_PERIOD:_PEER])
    return Entry(
        head=Head._make(row[:_PERIOD]),
        period=NEVER_IN if period.joined_at is None else period,
        peer=Peer._make(row[_PEER:_COUNTS]),
        unread=unread,
        unread_mentions=mentions,
        last_message=None if message[0] is None else message_from_row(message),
    )


def _key(entry: Entry) -> Key:
    head, period = entry.head, entry.period
    activity = period.left_at or head.last_message_at or head.created_at
    return Key(period.pinned_at, activity, UUID(head.pk))


def _entry_json(entry: Entry) -> dict[str, Any]:
    """The shared shape, and beside it what only this person is told."""
    head, period = entry.head, entry.period
    is_inside = period.joined_at is not None and period.left_at is None
    return {
        **conversation_json(head),
        "headSeq": head.head_seq,
        "rev": head.rev,
        "memberRev": head.member_rev,
        "lastMessageAt": rfc3339_or_none(head.last_message_at),
        "role": period.role if is_inside else None,
        "unread": entry.unread,
        "unreadMentions": entry.unread_mentions,
        "mentioned": entry.unread_mentions > 0,
        "lastReadSeq": period.last_read_seq,
        "lastDeliveredSeq": period.last_delivered_seq,
        "joinedAt": rfc3339_or_none(period.joined_at),
        "leftAt": rfc3339_or_none(period.left_at),
        "fromSeq": head.from_seq,
        **own_state_json(period),
        **_peer_json(entry.peer),
        "lastMessage": entry.last_message and shared_json(entry.last_message),
    }


def _status_json(peer: Peer) -> dict[str, str] | None:
    if not (peer.status_emoji or peer.status_text):
        return None
    return {"emoji": peer.status_emoji, "text": peer.status_text}


def _peer_json(peer: Peer) -> dict[str, Any]:
    """A direct conversation has the name that the person knows the other one by."""
    if peer.id is None:
        return {"peer": None}
    shape = {
        "id": peer.id,
        "name": peer.name,
        "nickname": peer.nickname or None,
        "avatarUrl": avatar_url(peer.id, peer.avatar_id),
        "isActive": peer.is_active,
        "status": _status_json(peer),
    }
    return {"name": peer.nickname or peer.name, "peer": shape}
