"""A log as the server keeps it: what it tells live, and what it answers about changes."""

from typing import Any


class Log:
    """One conversation; each change takes the next rev and gives the frame that tells of it."""

    def __init__(self, id: str = "c") -> None:
        self.id = id
        self.rev = 0
        self.messages: dict[int, dict[str, Any]] = {}

    def create(self) -> dict[str, Any]:
        return self._tell("message.created", len(self.messages) + 1)

    def edit(self, seq: int) -> dict[str, Any]:
        return self._tell("message.updated", seq, editedAt="now")

    def delete(self, seq: int) -> dict[str, Any]:
        return self._tell("message.deleted", seq, deletedAt="now")

    def beside(self, name: str) -> dict[str, Any]:
        """What a system message means, told at the same rev behind it."""
        return {"type": name, "conversationId": self.id, "rev": self.rev}

    def hint(self) -> dict[str, Any]:
        return {"type": "conversation.rev", "conversationId": self.id, "rev": self.rev}

    def changes(self, since: int, limit: int = 200) -> dict[str, Any]:
        later = sorted((m for m in self.messages.values() if m["rev"] > since), key=_rev)
        page = later[:limit]
        more = len(later) > limit
        through = page[-1]["rev"] if more else max(self.rev, since)
        return {"results": page, "throughRev": through, "more": more, "reset": False}

    def _tell(self, name: str, seq: int, **fields: Any) -> dict[str, Any]:
        self.rev += 1
        before = self.messages.get(seq, {"seq": seq, "editedAt": None, "deletedAt": None})
        message = {**before, "rev": self.rev, "reactions": [], "pinnedAt": None, **fields}
        self.messages[seq] = message
        return {"type": name, "conversationId": self.id, "rev": self.rev, "message": message}


def _rev(message: dict[str, Any]) -> int:
    return int(message["rev"])
