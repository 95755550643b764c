"""What a counter says that the rows do not."""

from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.times import rfc3339


class Difference(NamedTuple):
    """`stored` is what a counter says, `actual` what the rows do; `user_id` None for a head."""

    what: str
    conversation_id: UUID
    user_id: UUID | None
    stored: Any
    actual: Any

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "conversationId": str(self.conversation_id),
            "userId": self.user_id and str(self.user_id),
            "stored": _plain(self.stored),
            "actual": _plain(self.actual),
        }


def _plain(value: Any) -> Any:
    return rfc3339(value) if hasattr(value, "astimezone") else value
