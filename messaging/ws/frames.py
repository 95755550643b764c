"""The frames that a client may send: their shape, and the action that each of them is.

A frame is a JSON object with a `type`, and a `ref` of the client's own that the answer repeats.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from chatproject.core.errors import FieldError, InvalidInput
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.pointers import Advance
from messaging.actions.reactions import add_reaction, remove_reaction
from messaging.models import Receipt
from messaging.sending.drafts import MAX_SEQ

UUID_LENGTH = 36  # `UUID` itself takes many more forms, of any length

Frame = Mapping[str, Any]
Answer = dict[str, Any]


class UnknownFrame(InvalidInput):
    code = "unknown_frame"
    title = "Unknown frame"

    def __init__(self) -> None:
        super().__init__("There is no frame of this type.")


def conversation_id_of(frame: Frame) -> UUID:
    return uuid_field(frame, "conversationId")


def uuid_field(frame: Frame, name: str) -> UUID:
    value = frame.get(name)
    try:
        if isinstance(value, str) and len(value) == UUID_LENGTH:
            return _uuid(value)
    except ValueError:
        pass
    raise _wrong(name, "It must be an id.")


# The same few conversations are named again and again, and to read an id takes a microsecond.
_uuid = lru_cache(maxsize=4096)(UUID)


def seq_field(frame: Frame) -> int:
    value = frame.get("seq")
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_SEQ:
        return value
    raise _wrong("seq", "It must be the seq of a message.")


def text_field(frame: Frame, name: str) -> str:
    value = frame.get(name)
    if isinstance(value, str):
        return value
    raise _wrong(name, "It must be a text.")


def _wrong(name: str, detail: str) -> InvalidInput:
    return InvalidInput(errors=[FieldError(field=name, code="invalid", detail=detail)])


def _edit(user_id: UUID, frame: Frame) -> Answer:
    return {"message": edit_message(content=text_field(frame, "content"), **_where(user_id, frame))}


def _delete(user_id: UUID, frame: Frame) -> Answer:
    return {"message": delete_message(**_where(user_id, frame))}


def _add_reaction(user_id: UUID, frame: Frame) -> Answer:
    return {"message": add_reaction(emoji=text_field(frame, "emoji"), **_where(user_id, frame))}


def _remove_reaction(user_id: UUID, frame: Frame) -> Answer:
    return {"message": remove_reaction(emoji=text_field(frame, "emoji"), **_where(user_id, frame))}


def receipt_of(user_id: UUID, kind: str, frame: Frame) -> Advance:
    """What a frame of RECEIPTS says."""
    return Advance(user_id, conversation_id_of(frame), RECEIPTS[kind], seq_field(frame))


def _where(user_id: UUID, frame: Frame) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id_of(frame),
        "user_id": user_id,
        "seq": seq_field(frame),
    }


# Frames that are one action in the database. What needs the socket is in the consumer.
ACTIONS: dict[str, Callable[[UUID, Frame], Answer]] = {
    "message.edit": _edit,
    "message.delete": _delete,
    "reaction.add": _add_reaction,
    "reaction.remove": _remove_reaction,
}

# Frames that move a pointer, which those of all sockets do together.
RECEIPTS = {"receipt.read": Receipt.Kind.READ, "receipt.delivered": Receipt.Kind.DELIVERED}
