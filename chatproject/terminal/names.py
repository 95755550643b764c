"""The names of people, fetched when they are needed."""

from collections.abc import Iterable, Mapping
from typing import Any

from chatproject.client import ChatClient, ChatError

SOMEBODY = "somebody"
MAX_ASKED = 100


class Names:
    def __init__(self, chat: ChatClient) -> None:
        self._chat = chat
        self._known: dict[str, str] = {}

    def learn(self, people: Iterable[Mapping[str, Any]]) -> None:
        self._known |= {person["id"]: person["name"] for person in people}

    def of(self, user_id: str | None) -> str:
        return self._known.get(user_id or "", SOMEBODY)

    async def need(self, user_ids: Iterable[str | None]) -> None:
        """Fetches unknown names; ignores errors."""
        unknown = sorted({user_id for user_id in user_ids if user_id} - self._known.keys())
        for start in range(0, len(unknown), MAX_ASKED):
            ids = ",".join(unknown[start : start + MAX_ASKED])
            try:
                self.learn((await self._chat.rest.get("users", ids=ids))["results"])
            except ChatError:
                return
