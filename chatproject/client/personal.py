"""REST calls about a person's own things: drafts, scheduled and saved messages, profiles."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

from .messages import Id, Json, Message, moment, without_none
from .rest import Rest


class PersonalCalls:
    """A part of ChatClient."""

    rest: Rest

    # -- drafts, the same on all devices

    async def save_draft(
        self,
        conversation_id: Id,
        content: str,
        *,
        reply_to: int | None = None,
        thread: int | None = None,
    ) -> Json:
        """Keeps what one has begun to write, over the former draft."""
        body = without_none(content=content, replyToSeq=reply_to, threadSeq=thread)
        answer = await self.rest.put("conversations", conversation_id, "draft", body=body)
        return dict(answer["draft"])

    async def draft(self, conversation_id: Id, *, thread: int | None = None) -> Json | None:
        path = ("conversations", conversation_id, "draft")
        draft: Json | None = (await self.rest.get(*path, threadSeq=thread))["draft"]
        return draft

    async def delete_draft(self, conversation_id: Id, *, thread: int | None = None) -> None:
        path = ("conversations", conversation_id, "draft")
        await self.rest.call("DELETE", *path, query={"threadSeq": thread})

    async def drafts(self) -> list[Json]:
        """All of them, the last written first."""
        return list((await self.rest.get("drafts"))["results"])

    # -- messages to be sent later

    async def schedule(
        self,
        conversation_id: Id,
        content: str,
        *,
        at: datetime,
        reply_to: int | None = None,
        thread: int | None = None,
        also_to_conversation: bool = False,
        attachment_ids: Sequence[Id] = (),
        client_id: Id | None = None,
    ) -> Json:
        """Has a message sent at a time, which needs a time zone; `scheduled.changed` tells how it
        went. Returns it as it waits: its `id` becomes the message's `clientId`."""
        body = without_none(
            clientId=str(client_id or uuid4()),
            content=content,
            sendAt=moment(at),
            replyToSeq=reply_to,
            threadSeq=thread,
            alsoToConversation=also_to_conversation if thread is not None else None,
            attachmentIds=[str(each) for each in attachment_ids],
        )
        return dict(await self.rest.post("conversations", conversation_id, "scheduled", body=body))

    def scheduled(self) -> AsyncIterator[Any]:
        """One's own messages that wait for their time, the next one first."""
        return self.rest.pages("scheduled")

    async def reschedule(
        self,
        conversation_id: Id,
        scheduled_id: Id,
        *,
        at: datetime | None = None,
        content: str | None = None,
    ) -> Json:
        """Changes the time or the text of a message that waits."""
        body = without_none(sendAt=moment(at), content=content)
        path = ("conversations", conversation_id, "scheduled", scheduled_id)
        return dict(await self.rest.patch(*path, body=body))

    async def unschedule(self, conversation_id: Id, scheduled_id: Id) -> None:
        await self.rest.delete("conversations", conversation_id, "scheduled", scheduled_id)

    async def send_scheduled(self, conversation_id: Id, scheduled_id: Id) -> Message:
        """Sends a message that waits at once."""
        path = ("conversations", conversation_id, "scheduled", scheduled_id, "send-now")
        return dict(await self.rest.post(*path))

    # -- saved for later

    async def save(
        self, conversation_id: Id, seq: int, *, remind_at: datetime | None = None
    ) -> Json:
        """Saves a message for later; the reminder comes as `saved.changed` with the state `due`."""
        body = without_none(
            conversationId=str(conversation_id), seq=seq, remindAt=moment(remind_at)
        )
        return dict(await self.rest.post("saved", body=body))

    def saved(self, state: Literal["open", "done"] = "open") -> AsyncIterator[Any]:
        """One's own saved messages; those whose reminder came are first."""
        return self.rest.pages("saved", state=state)

    async def mark_done(self, saved_id: Id, *, done: bool = True) -> Json:
        """Puts a saved message among those that are done, or back."""
        return dict(await self.rest.patch("saved", saved_id, body={"done": done}))

    async def unsave(self, saved_id: Id) -> None:
        await self.rest.delete("saved", saved_id)

    # -- people

    async def me(self) -> Json:
        return dict(await self.rest.get("users", "me"))

    async def change_profile(self, **fields: Any) -> Json:
        """One's own `name`, `about`, `timeZone`, `hidesPresence`."""
        return dict(await self.rest.patch("users", "me", body=fields))

    async def set_status_text(
        self, text: str = "", *, emoji: str = "", until: datetime | None = None
    ) -> Json:
        """What stands beside one's name; neither text nor emoji takes it off."""
        body = {"text": text, "emoji": emoji, "until": moment(until)}
        return dict(await self.rest.put("users", "me", "status", body=body))

    async def profile(self, user_id: Id) -> Json:
        """Who somebody is: name, picture, local time, and what one has in common with them."""
        return dict(await self.rest.get("users", user_id, "profile"))

    def find_people(self, query: str = "") -> AsyncIterator[Any]:
        """People by a part of the name, or by the whole address; all without."""
        return self.rest.pages("users", q=query or None)
