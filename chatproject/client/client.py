"""The client: one person in the chat, over a WebSocket that reconnects by itself."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self
from uuid import uuid4

from .backoff import Backoff
from .connection import Connection
from .events import Event, Frame
from .messages import Id, Message, MessageCalls
from .personal import PersonalCalls
from .presence import STATUS, WATCH
from .programs import ProgramCalls
from .rest import Rest, Tokens

Presence = Mapping[str, Any]


class ChatClient(MessageCalls, PersonalCalls, ProgramCalls):
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


def _message(answer: Frame) -> Message:
    message: Message = answer["message"]
    return message
