"""What happens in the chat, as it is handed to who iterates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Frame = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `data` is the whole frame. `resumed` says that it was fetched after a gap.

    Of a message that changed several times within a gap only the last state comes.
    """

    type: str
    data: Frame
    resumed: bool = False

    @property
    def conversation_id(self) -> str | None:
        return self.data.get("conversationId")

    @property
    def rev(self) -> int | None:
        """The place in the conversation's log; None of what has none, such as a receipt."""
        return self.data.get("rev")

    @property
    def message(self) -> Frame | None:
        """The message as it is now, of a `message.…` event."""
        return self.data.get("message")


def changed_message(conversation_id: str, message: Frame, *, is_new: bool | None) -> Event:
    """The event of a message that was fetched, as it would have come over the socket.

    `is_new` says whether it was sent within the gap, None when that is not known.
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
    return bool(message["editedAt"] or message["pinnedAt"] or message["reactions"])
