"""The client: one person in the chat, over one WebSocket that comes back by itself."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self
from uuid import UUID, uuid4

from chatproject.client.attention import STATUS, WATCH
from chatproject.client.backoff import Backoff
from chatproject.client.connection import Connection
from chatproject.client.events import Event, Frame
from chatproject.client.rest import Rest, Tokens

Id = str | UUID
Message = Mapping[str, Any]
Presence = Mapping[str, Any]


class ChatClient:
    """Made by `connect`. `rest` is the whole REST API in the same person's name."""

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
        """To be entered with `async with`; `url` is the server's, such as https://chat.example.org.

        With email and password, or with an access or refresh token; see `Rest` for `on_tokens`.
        `since` is what `revs()` gave in an earlier run: events go on from there. Entering raises
        Unreachable, Refused or Closed; from then on a lost connection comes back by itself.
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
        """Who one is."""
        return self._connection.user_id

    # -- what happens

    async def events(self) -> AsyncIterator[Event]:
        """Everything that happens, one's own messages too, in the order of each conversation.

        For one iteration at a time. Ends when the client is closed; raises Closed when the server
        ends it for good (signed out, account closed), or the error by which nothing goes on.
        """
        while (event := await self._connection.buffer.take()) is not None:
            yield event

    def revs(self) -> dict[str, int]:
        """How far the iteration has got in each conversation, to go on `since` in a later run."""
        return self._connection.buffer.done()

    async def open(self, conversation_id: Id) -> None:
        """Is told who types there; a public conversation is heard without joining it."""
        await self._connection.listen(str(conversation_id))

    async def close(self, conversation_id: Id) -> None:
        """Takes `open` back. A public conversation that one is not in is heard until the connection
        is made anew."""
        await self._connection.unlisten(str(conversation_id))

    async def watch(self, user_ids: Iterable[Id]) -> list[Presence]:
        """How these people are; what changes comes as `presence.changed`. At most 200 people, in
        the place of those who were watched before."""
        ids = [str(each) for each in user_ids]
        answer = await self._connection.attend(WATCH, {"userIds": ids})
        return list(answer["people"])

    # -- what one does

    async def send(
        self,
        conversation_id: Id,
        content: str,
        *,
        reply_to: int | None = None,
        attachment_ids: Sequence[Id] = (),
        client_id: Id | None = None,
    ) -> Message:
        """The message as it is stored, which is once, however often the connection is lost."""
        fields: dict[str, Any] = {
            "conversationId": str(conversation_id),
            "clientId": str(client_id or uuid4()),
            "content": content,
        }
        if reply_to is not None:
            fields["replyToSeq"] = reply_to
        if attachment_ids:
            fields["attachmentIds"] = [str(each) for each in attachment_ids]
        return _message(await self.request("message.send", **fields))

    async def upload(self, file: Path | str | bytes, *, name: str = "") -> Mapping[str, Any]:
        """An attachment, whose `id` a message may name within a day: `send(attachment_ids=…)`.

        `file` is a path, or what is in a file; `name` is for others to see. Raises OSError.
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
        """For everyone."""
        return await self._change("message.delete", conversation_id, seq)

    async def react(self, conversation_id: Id, seq: int, emoji: str) -> Message:
        return await self._change("reaction.add", conversation_id, seq, emoji=emoji)

    async def unreact(self, conversation_id: Id, seq: int, emoji: str) -> Message:
        return await self._change("reaction.remove", conversation_id, seq, emoji=emoji)

    async def mark_read(self, conversation_id: Id, seq: int) -> None:
        """Everything up to here; that it was delivered is implied."""
        await self.request("receipt.read", conversationId=str(conversation_id), seq=seq)

    async def mark_delivered(self, conversation_id: Id, seq: int) -> None:
        await self.request("receipt.delivered", conversationId=str(conversation_id), seq=seq)

    async def typing(self, conversation_id: Id) -> None:
        """Tells that one is typing; it holds for 6 s, so say it again every 3 s meanwhile."""
        await self.request("typing.start", conversationId=str(conversation_id))

    async def set_status(self, status: Literal["online", "away"]) -> None:
        """Whether one is at this device. It begins as online."""
        await self._connection.attend(STATUS, {"status": status})

    async def request(self, type: str, **fields: Any) -> Frame:
        """The answer to a frame of any type, made again after every loss until it is answered.

        Raises Refused, or what ended the client.
        """
        return await self._connection.request(type, fields)

    async def _change(self, type: str, id: Id, seq: int, **fields: Any) -> Message:
        return _message(await self.request(type, conversationId=str(id), seq=seq, **fields))

    # -- what one reads

    def conversations(self) -> AsyncIterator[Any]:
        """One's inbox, the latest first."""
        return self.rest.pages("conversations")

    async def history(self, conversation_id: Id, **query: object) -> list[Message]:
        """A page of messages, newest last: `limit`, and `before`, `after` or `around` a seq."""
        page = await self.rest.get("conversations", conversation_id, "messages", **query)
        return list(page["results"])

    async def presence(self, user_ids: Iterable[Id]) -> list[Presence]:
        """How these people are now, 200 at most: `userId`, `status`, `lastSeenAt`."""
        ids = ",".join(str(each) for each in user_ids)
        return list((await self.rest.get("presence", userIds=ids))["results"])

    async def direct(self, user_id: Id) -> Mapping[str, Any]:
        """The conversation with one other person, begun now unless it was before."""
        return await self._begin(kind="direct", memberIds=[str(user_id)])

    async def begin(
        self, name: str, member_ids: Sequence[Id] = (), *, kind: str = "group", **fields: Any
    ) -> Mapping[str, Any]:
        """A new group, or a public or broadcast conversation."""
        ids = [str(each) for each in member_ids]
        return await self._begin(name=name, memberIds=ids, kind=kind, **fields)

    async def _begin(self, **fields: Any) -> Mapping[str, Any]:
        conversation: Mapping[str, Any] = await self.rest.post("conversations", body=fields)
        return conversation


def _message(answer: Frame) -> Message:
    message: Message = answer["message"]
    return message
