"""Where a person's pointers in a conversation stand, and where they are to be moved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from messaging.models import Receipt

Kind = Receipt.Kind
Key = tuple[UUID, UUID]  # a person and a conversation


class Wanted(NamedTuple):
    user_id: UUID
    conversation_id: UUID
    read_seq: int  # 0 where nothing was read
    delivered_seq: int


@dataclass(frozen=True, slots=True)
class Pointers:
    """Where one person's pointers stand now; `moved` names the kinds that this call advanced."""

    user_id: UUID
    conversation_id: UUID
    moved: frozenset[Kind]
    last_read_seq: int
    last_delivered_seq: int
    unread_mark: bool
    state_rev: int
    at: datetime
    was_changed: bool  # also when only the mark "unread" was taken off
    is_quiet: bool  # nobody else is told: see `receipt_rights`; and in a large conversation

    def fields(self) -> dict[str, Any]:
        return {
            "lastReadSeq": self.last_read_seq,
            "lastDeliveredSeq": self.last_delivered_seq,
            "unreadMark": self.unread_mark,
        }

    def as_json(self) -> dict[str, Any]:
        return {
            "conversationId": str(self.conversation_id),
            **self.fields(),
            "stateRev": self.state_rev,
        }
