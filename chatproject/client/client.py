"""The client: one person in the chat, over a WebSocket that reconnects by itself."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self
from uuid import UUID, uuid4

from chatproject.client.backoff import Backoff
from chatproject.client.connection import Connection
from chatproject.client.events import Event, Frame
from chatproject.client.presence import STATUS, WATCH
from chatproject.client.rest import Rest, Tokens

Id = str | UUID
Message = Mapping[str, Any]
Presence = Mapping[str, Any]


class ChatClient:
    """Created by `connect`. `rest` gives access to the whole REST API as the same person."""

    def __init__(self, rest: Rest, connection: Connection) -> None:
        self.rest = rest
        self._connection = connection

    @classmethod
    def connect(
        cls,
        url: str,
        *,
        email: str | None = None,
        password: str | None = None,
        token: str = "",
        refresh_token: str = "",
        on_tokens: Callable[[Tokens], None] | None = None,
        since: Mapping[str, int] | None = None,
        backoff: Backoff | None = None,
    ) -> Self:
        """A client for `async with`; `url` is the server's, such as https://chat.example.org.

        Pass email and password, or an access or refresh token; see `Rest` for `on_tokens`. `since`
        is the result of `revs()` in an earlier run, from which events continue. Entering raises
        Unreachable, Refused or Closed; after that a lost connection is restored by itself.
        """
        tokens = Tokens(token, refresh_token)
        rest = Rest(url, email=email, password=password, tokens=tokens, on_tokens=on_tokens)
        return cls(rest, Connection(url, rest, since=since, backoff=backoff or Backoff()))

    async def __aenter__(self) -> Self:
        try:
            await self._connection.open()
        except BaseException:
            await self.rest.close()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._connection.close()
        await self.rest.close()

    @property
    def user_id(self) -> str:
        """The id of the client's person."""
        return self._connection.user_id

    # -- events

    async def events(self) -> AsyncIterator[Event]:
        """All events, one's own messages too, in the order of each conversation's revs.

        Allows one iteration at a time. Ends when the client is closed; raises Closed when the
        server ends it for good (signed out, account closed), or another fatal error.
        """
        while (event := await self._connection.buffer.take()) is not None:
            yield event

    def revs(self) -> dict[str, int]:
        """The revs that the iteration has reached, for `since` in a later run."""
        return self._connection.buffer.done()

    async def open(self, conversation_id: Id) -> None:
        """Receives typing events of the conversation; a public one also all events, unjoined."""
        await self._connection.listen(str(conversation_id))

    async def close(self, conversation_id: Id) -> None:
        """Undoes `open`. Events of a public conversation that was not joined still come until the
        next connection."""
        await self._connection.unlisten(str(conversation_id))

    async def watch(self, user_ids: Iterable[Id]) -> list[Presence]:
        """The presence of these people, at most 200; changes come as `presence.changed`. Replaces
        the people that were watched before."""
        ids = [str(each) for each in user_ids]
        answer = await self._connection.request_presence(WATCH, {"userIds": ids})
        return list(answer["people"])

    # -- actions

    async def send(
        self,
        conversation_id: Id,
        content: str,
        *,
        reply_to: int | None = None,
        thread: int | None = None,
        also_to_conversation: bool = False,
        attachment_ids: Sequence[Id] = (),
        client_id: Id | None = None,
    ) -> Message:
        """Sends a message and returns it as stored: once, however often the connection is lost.

        `thread` is the seq of the message in whose thread it is a reply; there alone, unless
        `also_to_conversation`.
        """
        fields: dict[str, Any] = {
            "conversationId": str(conversation_id),
            "clientId": str(client_id or uuid4()),
            "content": content,
        }
        if reply_to is not None:
            fields["replyToSeq"] = reply_to
        if thread is not None:
            fields |= {"threadSeq": thread, "alsoToConversation": also_to_conversation}
        if attachment_ids:
            fields["attachmentIds"] = [str(each) for each in attachment_ids]
        return _message(await self.request("message.send", **fields))

    async def forward(
        self,
        conversation_id: Id,
        seq: int,
        to: Sequence[Id],
        *,
        client_id: Id | None = None,
    ) -> list[Mapping[str, Any]]:
        """Sends a message on with its files, to at most 20 conversations; for each of them its
        `conversationId`, and the `message` or the `refusal`."""
        body = {
            "conversationIds": [str(each) for each in to],
            "clientId": str(client_id or uuid4()),
        }
        path = ("conversations", conversation_id, "messages", seq, "forward")
        return list((await self.rest.post(*path, body=body))["results"])

    async def schedule(
        self,
        conversation_id: Id,
        content: str,
        *,
        at: datetime,
        reply_to: int | None = None,
        attachment_ids: Sequence[Id] = (),
        client_id: Id | None = None,
    ) -> Mapping[str, Any]:
        """Has a message sent at a time, which needs a time zone; `scheduled.changed` tells how it
        went. Returns it as it waits: its `id` becomes the message's `clientId`."""
        body: dict[str, Any] = {
            "clientId": str(client_id or uuid4()),
            "content": content,
            "sendAt": at.isoformat(),
            "replyToSeq": reply_to,
            "attachmentIds": [str(each) for each in attachment_ids],
        }
        answer = await self.rest.post("conversations", conversation_id, "scheduled", body=body)
        return dict(answer)

    def scheduled(self) -> AsyncIterator[Any]:
        """One's own messages that wait for their time, the next one first."""
        return self.rest.pages("scheduled")

    async def save(
        self, conversation_id: Id, seq: int, *, remind_at: datetime | None = None
    ) -> Mapping[str, Any]:
        """Saves a message for later; the reminder comes as `saved.changed` with the state `due`."""
        body: dict[str, Any] = {"conversationId": str(conversation_id), "seq": seq}
        if remind_at is not None:
            body["remindAt"] = remind_at.isoformat()
        return dict(await self.rest.post("saved", body=body))

    def saved(self, state: Literal["open", "done"] = "open") -> AsyncIterator[Any]:
        """One's own saved messages; those whose reminder came are first."""
        return self.rest.pages("saved", state=state)

    async def upload(self, file: Path | str | bytes, *, name: str = "") -> Mapping[str, Any]:
        """Uploads a file; its `id` goes into a message within a day: `send(attachment_ids=…)`.

        `file` is a path or the content of a file; `name` is what others see. Raises OSError.
        """
        if isinstance(file, bytes):
            answer = await self.rest.upload("attachments", content=file, name=name or "file")
        else:
            path = Path(file).expanduser()  # noqa: ASYNC240 (asks nothing of a slow disk)
            answer = await self.rest.upload("attachments", content=path, name=name or path.name)
        return dict(answer)

    async def edit(self, conversation_id: Id, seq: int, content: str) -> Message:
        return await self._change("message.edit", conversation_id, seq, content=content)

    async def delete(self, conversation_id: Id, seq: int) -> Message:
        """Deletes a message for everyone."""
        return await self._change("message.delete", conversation_id, seq)

    async def react(self, conversation_id: Id, seq: int, emoji: str) -> Message:
        return await self._change("reaction.add", conversation_id, seq, emoji=emoji)

    async def unreact(self, conversation_id: Id, seq: int, emoji: str) -> Message:
        return await self._change("reaction.remove", conversation_id, seq, emoji=emoji)

    async def mark_read(self, conversation_id: Id, seq: int) -> None:
        """Marks everything up to `seq` as read, and so as delivered."""
        await self.request("receipt.read", conversationId=str(conversation_id), seq=seq)

    async def mark_delivered(self, conversation_id: Id, seq: int) -> None:
        await self.request("receipt.delivered", conversationId=str(conversation_id), seq=seq)

    async def mark_thread_read(self, conversation_id: Id, thread: int, seq: int) -> None:
        """Marks the replies in a followed thread up to `seq` as read."""
        await self.request(
            "thread.read", conversationId=str(conversation_id), threadSeq=thread, seq=seq
        )

    async def follow_thread(self, conversation_id: Id, thread: int) -> None:
        """Follows the thread of a message, as whoever writes in it does anyway."""
        await self.rest.put(*_thread(conversation_id, thread), "following")

    async def unfollow_thread(self, conversation_id: Id, thread: int) -> None:
        await self.rest.delete(*_thread(conversation_id, thread), "following")

    async def typing(self, conversation_id: Id) -> None:
        """Tells the others that the person is typing; it lasts 6 s, so repeat it every 3 s."""
        await self.request("typing.start", conversationId=str(conversation_id))

    async def set_status(self, status: Literal["online", "away"]) -> None:
        """Sets the status of this device; a new connection is online."""
        await self._connection.request_presence(STATUS, {"status": status})

    async def request(self, type: str, **fields: Any) -> Frame:
        """Sends a frame of any type and returns the answer; repeats it after every lost connection.

        Raises Refused, or the error that ended the client.
        """
        return await self._connection.request(type, fields)

    async def _change(self, type: str, id: Id, seq: int, **fields: Any) -> Message:
        return _message(await self.request(type, conversationId=str(id), seq=seq, **fields))

    # -- reads

    def conversations(self) -> AsyncIterator[Any]:
        """The inbox, latest conversation first."""
        return self.rest.pages("conversations")

    async def history(self, conversation_id: Id, **query: object) -> list[Message]:
        """A page of messages, newest last: `limit`, and `before`, `after` or `around` a seq."""
        page = await self.rest.get("conversations", conversation_id, "messages", **query)
        return list(page["results"])

    async def thread(self, conversation_id: Id, seq: int, **query: object) -> Mapping[str, Any]:
        """The `root` of a thread and a page of the replies, `results`; queried like `history`."""
        page: Mapping[str, Any] = await self.rest.get(*_thread(conversation_id, seq), **query)
        return page

    def threads(self, *, unread: bool = False) -> AsyncIterator[Any]:
        """The followed threads, unread ones first; with `unread` those alone."""
        return self.rest.pages("threads", unread="true" if unread else None)

    async def presence(self, user_ids: Iterable[Id]) -> list[Presence]:
        """The present presence of at most 200 people: `userId`, `status`, `lastSeenAt`."""
        ids = ",".join(str(each) for each in user_ids)
        return list((await self.rest.get("presence", userIds=ids))["results"])

    async def open_direct(self, user_id: Id) -> Mapping[str, Any]:
        """Finds or creates the conversation with one other person."""
        return await self._create(kind="direct", memberIds=[str(user_id)])

    async def create_conversation(
        self, title: str, member_ids: Sequence[Id] = (), *, kind: str = "group", **fields: Any
    ) -> Mapping[str, Any]:
        """Creates a group, or a public or broadcast conversation."""
        ids = [str(each) for each in member_ids]
        return await self._create(name=title, memberIds=ids, kind=kind, **fields)

    async def _create(self, **fields: Any) -> Mapping[str, Any]:
        conversation: Mapping[str, Any] = await self.rest.post("conversations", body=fields)
        return conversation


def _thread(conversation_id: Id, seq: int) -> tuple[object, ...]:
    return ("conversations", conversation_id, "messages", seq, "thread")


def _message(answer: Frame) -> Message:
    message: Message = answer["message"]
    return message
