"""The result of a draft; its status says which of its fields are set."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from chatproject.core.api.json import dump
from chatproject.core.errors import Refusal
from chatproject.realtime.bus import Publication
from messaging.reads.message_rows import add_viewer
from messaging.sending.drafts import Draft
from messaging.sending.facts import ThreadState
from messaging.wire import MessageRow

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SendStatus(Enum):
    STORED = "stored"  # now, and committed
    RETRIED = "retried"  # an earlier try has stored it; this one changed nothing
    REFUSED = "refused"  # by a rule, which `refusal` names; nothing was stored
    ARCHIVED = "archived"  # it depends on an archived message; nothing was decided
    DEFERRED = "deferred"  # its conversation is locked elsewhere; nothing was decided


class StoreResult(NamedTuple):
    """What the database did with a draft.

    STORED has `row`, `member_rev`, `attachments` (the values of `attachments.wire.FIELDS` of each)
    and `is_reported`; RETRIED has `seq`; REFUSED has `refusal`.
    """

    status: SendStatus
    row: MessageRow | None = None
    member_rev: int = 0
    attachments: Sequence[Sequence[Any]] = ()
    is_reported: bool = False  # by a word filter
    seq: int = 0
    refusal: Refusal | None = None
    thread: ThreadState | None = None  # of a reply in one, with the reply


class SendResult(NamedTuple):
    """What the sender is told, and what is published.

    STORED and RETRIED have `row` and `message`, the encoded shared shape. RETRIED also has
    `my_reactions` and `my_choices`, REFUSED has `refusal`. Only STORED has `publications`.
    """

    status: SendStatus
    row: MessageRow | None = None
    message: bytes = b""
    publications: Sequence[Publication] = ()
    my_reactions: Sequence[str] = ()
    my_choices: Sequence[int] = ()
    is_reported: bool = False
    refusal: Refusal | None = None

    @property
    def label(self) -> str:
        """The label in metrics: the status, or the code of the refusal."""
        return self.status.value if self.refusal is None else self.refusal.code

    def as_json(self) -> dict[str, Any]:
        """The stored message as its sender sees it; for STORED and RETRIED."""
        shape: dict[str, Any] = orjson.loads(self.message)
        if shape["poll"] is not None:
            shape["poll"]["myChoices"] = list(self.my_choices)
        return add_viewer(shape, True, list(self.my_reactions), None)

    def as_bytes(self) -> bytes:
        """`as_json`, encoded. A message that was just stored need not be decoded for it: the fields
        that the sender's own actions change are all at their defaults."""
        if self.status is not SendStatus.STORED or b'"poll":null' not in self.message:
            return dump(self.as_json())
        return self.message[:-1] + _FRESH_OF_VIEWER


def _fresh_of_viewer() -> bytes:
    """The end of a message that was just stored, as its sender sees it: the fields that
    `add_viewer` adds, and the closing brace.
    """
    shape = {"kind": "text", "seq": 1, "threadSeq": None, "alsoToConversation": False}
    added = add_viewer(dict(shape), True, [], None)
    return b"," + dump({name: added[name] for name in added if name not in shape})[1:]


_FRESH_OF_VIEWER = _fresh_of_viewer()
DEFERRED = StoreResult(SendStatus.DEFERRED)
ARCHIVED = StoreResult(SendStatus.ARCHIVED)


def refused(refusal: Refusal) -> StoreResult:
    return StoreResult(SendStatus.REFUSED, refusal=refusal)


def new_row(
    draft: Draft,
    message_id: UUID,
    *,
    seq: int,
    rev: int,
    at: int,
    kind: str = "text",
) -> MessageRow:
    """The row of a message that was just stored; `at` is in microseconds since 1970."""
    return {
        "id": message_id,
        "conversation_id": draft.conversation_id,
        "seq": seq,
        "rev": rev,
        "sender_id": draft.sender_id,
        "client_id": draft.client_id,
        "kind": kind,
        "body": draft.body,
        "meta": None if draft.meta is None else dict(draft.meta),
        "reply_to_seq": draft.reply_to_seq,
        "thread_seq": draft.thread_seq,
        "thread_only": draft.thread_seq is not None and not draft.also_to_conversation,
        "created_at": _moment(at),
        "edited_at": None,
        "deleted_at": None,
        "pinned_at": None,
        "pinned_by_id": None,
    }


@lru_cache(maxsize=64)
def _moment(microseconds: int) -> datetime:
    """Cached: messages that are stored together share few timestamps."""
    return EPOCH + timedelta(microseconds=microseconds)
