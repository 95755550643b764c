"""One entry of the inbox: from a row of the statements to its JSON. It is built here and nowhere
else, whether it is kept (`entry_cache`) or not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from accounts.wire import avatar_url
from chatproject.core.times import rfc3339_or_none
from conversations.wire import conversation_json, own_state_json
from messaging.reads.message_rows import VisibleMessage, message_from_row, shared_json

# What an entry is made of, its peer aside, as VERSION in `statements` selects it; or what the
# peer's part is made of, as PEER_VERSION does. They are compared, and nothing else.
Version = tuple[Any, ...]


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

_PERIOD = len(Head._fields)
_PEER = _PERIOD + len(Period._fields)
_COUNTS = _PEER + len(Peer._fields)
_ORDER = -5  # what the statement orders by and measures
_PEER_VERSION = _ORDER - 3
_VERSION = _PEER_VERSION - 4


def entry_of_row(row: Sequence[Any]) -> Entry:
    unread, mentions, *message = row[_COUNTS:_VERSION]
    period = Period._make(row[_PERIOD:_PEER])
    return Entry(
        head=Head._make(row[:_PERIOD]),
        period=NEVER_IN if period.joined_at is None else period,
        peer=Peer._make(row[_PEER:_COUNTS]),
        unread=unread,
        unread_mentions=mentions,
        last_message=None if message[0] is None else message_from_row(message),
    )


def version_of_row(row: Sequence[Any]) -> Version:
    return tuple(row[_VERSION:_PEER_VERSION])


def peer_version_of_row(row: Sequence[Any]) -> Version:
    return tuple(row[_PEER_VERSION:_ORDER])


def entry_json(entry: Entry) -> dict[str, Any]:
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
