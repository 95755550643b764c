"""The events that the client delivers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Frame = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `data` is the whole frame. `resumed` tells that it was fetched after a gap.

    For a message that changed several times within a gap there is one event, with its last state.
    """

    type: str
    data: Frame
    resumed: bool = False

    @property
    def conversation_id(self) -> str | None:
        return self.data.get("conversationId")

    @property
    def rev(self) -> int | None:
        """The rev of the change; None for events without one, such as a receipt."""
        return self.data.get("rev")

    @property
    def message(self) -> Frame | None:
        """The present message of a `message.…` event."""
        return self.data.get("message")


def changed_message(conversation_id: str, message: Frame, *, is_new: bool | None) -> Event:
    """The event of a fetched message, as it would have come over the socket.

    `is_new` tells whether it was sent within the gap, None if that is unknown.
    """
    if message["deletedAt"]:
        name = "message.deleted"
    elif is_new or (is_new is None and not _was_changed(message)):
        name = "message.created"
    else:
        name = "message.updated"
    frame = {"conversationId": conversation_id, "rev": message["rev"], "message": message}
    return Event(name, {"type": name, **frame}, resumed=True)


def _was_changed(message: Frame) -> bool:
    changes = (message[name] for name in ("editedAt", "pinnedAt", "reactions"))
    return any(changes) or bool(message.get("poll"))
