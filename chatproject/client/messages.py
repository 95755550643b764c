"""What is done with messages by REST: threads, polls, forwarding, pins, buttons, search."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from .rest import Rest

Id = str | UUID
Json = Mapping[str, Any]
Message = Mapping[str, Any]


def without_none(**fields: Any) -> dict[str, Any]:
    """A body without what was left out."""
    return {name: value for name, value in fields.items() if value is not None}


def moment(at: datetime | None) -> str | None:
    """In RFC 3339. A time needs a time zone; raises ValueError without one."""
    if at is not None and at.tzinfo is None:
        raise ValueError("a time with a time zone is needed")
    return None if at is None else at.isoformat()


class MessageCalls:
    """A part of ChatClient."""

    rest: Rest

    # -- reads

    async def history(self, conversation_id: Id, **query: object) -> list[Message]:
        """A page of messages, newest last: `limit`, and `before`, `after` or `around` a seq."""
        page = await self.rest.get("conversations", conversation_id, "messages", **query)
        return list(page["results"])

    async def message(self, conversation_id: Id, seq: int) -> Message:
        """One message, with the `people` in it."""
        return dict(await self.rest.get(*_path(conversation_id, seq)))

    async def revisions(self, conversation_id: Id, seq: int) -> list[Json]:
        """The versions of an edited message, the first one first."""
        path = (*_path(conversation_id, seq), "revisions")
        return [each async for each in self.rest.pages(*path)]

    def pins(self, conversation_id: Id) -> AsyncIterator[Any]:
        """The pinned messages, the last pinned first."""
        return self.rest.pages("conversations", conversation_id, "pins")

    def search(
        self,
        query: str,
        *,
        kind: Literal["messages", "conversations", "people", "files"] = "messages",
        sort: Literal["relevance", "newest"] | None = None,
    ) -> AsyncIterator[Any]:
        """What one may see and fits, page after page. `query` may have filters, as `from:ann`."""
        return self.rest.pages("search", q=query, kind=kind, sort=sort)

    # -- threads

    async def thread(self, conversation_id: Id, seq: int, **query: object) -> Json:
        """The `root` of a thread and a page of the replies, `results`; queried like `history`."""
        return dict(await self.rest.get(*_path(conversation_id, seq), "thread", **query))

    def threads(self, *, unread: bool = False) -> AsyncIterator[Any]:
        """The followed threads, unread ones first; with `unread` those alone."""
        return self.rest.pages("threads", unread="true" if unread else None)

    async def follow_thread(self, conversation_id: Id, thread: int) -> None:
        """Follows the thread of a message, as whoever writes in it does anyway."""
        await self.rest.put(*_path(conversation_id, thread), "thread", "following")

    async def unfollow_thread(self, conversation_id: Id, thread: int) -> None:
        await self.rest.delete(*_path(conversation_id, thread), "thread", "following")

    # -- changes

    async def forward(
        self, conversation_id: Id, seq: int, to: Sequence[Id], *, client_id: Id | None = None
    ) -> list[Json]:
        """Sends a message on with its files, to at most 20 conversations; for each of them its
        `conversationId`, and the `message` or the `refusal`."""
        body = {
            "conversationIds": [str(each) for each in to],
            "clientId": str(client_id or uuid4()),
        }
        answer = await self.rest.post(*_path(conversation_id, seq), "forward", body=body)
        return list(answer["results"])

    async def pin(self, conversation_id: Id, seq: int) -> Message:
        return dict(await self.rest.post(*_path(conversation_id, seq), "pin"))

    async def unpin(self, conversation_id: Id, seq: int) -> Message:
        return dict(await self.rest.delete(*_path(conversation_id, seq), "pin"))

    async def press(self, conversation_id: Id, seq: int, button_id: str) -> None:
        """Presses a button under a bot's message: one of its `meta["buttons"]`, by its `id`."""
        await self.rest.post(*_path(conversation_id, seq), "actions", body={"buttonId": button_id})

    async def call_command(self, conversation_id: Id, name: str, text: str = "") -> None:
        """Calls a slash command; its answer comes as a message, or as `message.ephemeral`."""
        path = ("conversations", conversation_id, "commands", "calls")
        await self.rest.post(*path, body={"name": name, "text": text})

    # -- polls

    async def ask_poll(
        self,
        conversation_id: Id,
        question: str,
        choices: Sequence[str],
        *,
        several: bool = False,
        anonymous: bool = False,
        closes_at: datetime | None = None,
        thread: int | None = None,
        client_id: Id | None = None,
    ) -> Message:
        """Sends a message with a poll of 2 to 12 choices."""
        body = without_none(
            question=question,
            choices=list(choices),
            several=several,
            anonymous=anonymous,
            closesAt=moment(closes_at),
            threadSeq=thread,
            clientId=str(client_id or uuid4()),
        )
        return dict(await self.rest.post("conversations", conversation_id, "polls", body=body))

    async def vote(self, conversation_id: Id, seq: int, choices: Sequence[int]) -> Message:
        """Votes for the choices at these places, from 0 on; for none takes the vote back."""
        body = {"choices": list(choices)}
        return dict(await self.rest.put(*_path(conversation_id, seq), "vote", body=body))

    async def close_poll(self, conversation_id: Id, seq: int) -> Message:
        """Ends the vote."""
        return dict(await self.rest.post(*_path(conversation_id, seq), "close-poll"))


def _path(conversation_id: Id, seq: int) -> tuple[object, ...]:
    return ("conversations", conversation_id, "messages", seq)
