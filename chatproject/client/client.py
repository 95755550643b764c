"""The client: one person in the chat, over one WebSocket that comes back by itself.

The rules are elsewhere: `revs` for what is missing, `outbox` for what is unanswered, `rest` for
tokens. Here is what joins them: a task for the life of the client, and some for each connection,
which read, write, and fetch what was missed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Self
from uuid import UUID, uuid4

from chatproject.client.backoff import Backoff
from chatproject.client.buffer import Buffer
from chatproject.client.catch_up import CatchUp
from chatproject.client.errors import ChatError, Closed, Refused, Unreachable
from chatproject.client.events import Event, Frame
from chatproject.client.outbox import Outbox, Request
from chatproject.client.rest import Rest, Tokens
from chatproject.client.revs import Revs
from chatproject.client.socket import Socket, open_socket

log = logging.getLogger(__name__)

ANSWERS = frozenset({"ack", "error", "sync", "pong"})

Id = str | UUID
Message = Mapping[str, Any]


class ChatClient:
    """Made by `connect`. `rest` is the whole REST API; `user_id` is who one is."""

    def __init__(
        self,
        url: str,
        rest: Rest,
        *,
        since: Mapping[str, int] | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self.rest = rest
        self.user_id = ""
        self._url = url
        self._backoff = backoff or Backoff()
        self._revs = Revs(since)
        self._buffer = Buffer(self._revs)
        self._outbox = Outbox()
        self._to_write: asyncio.Queue[Request] = asyncio.Queue()
        self._is_behind = asyncio.Event()
        self._life: asyncio.Task[None] | None = None
        self._is_closing = False
        self._ending: ChatError | None = _closed()  # until it is entered

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
        return cls(url, rest, since=since, backoff=backoff)

    async def __aenter__(self) -> Self:
        try:
            socket = await self._open()
        except BaseException:
            await self.rest.close()
            raise
        self._ending = None
        self._life = asyncio.create_task(self._live(socket), name="chat client")
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._is_closing = True
        if self._life is not None:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)
        await self.rest.close()

    # -- what happens

    async def events(self) -> AsyncIterator[Event]:
        """Everything that happens, one's own messages too, in the order of each conversation.

        For one iteration at a time. Ends when the client is closed; raises Closed when the server
        ends it for good (signed out, account closed), or the error by which nothing goes on.
        """
        while (event := await self._buffer.take()) is not None:
            yield event

    def revs(self) -> dict[str, int]:
        """How far the iteration has got in each conversation, to go on `since` in a later run."""
        return self._buffer.done()

    async def open(self, conversation_id: Id) -> None:
        """Listens to a public conversation without joining it."""
        answer = await self.request("conversation.open", conversationId=str(conversation_id))
        self._revs.opened.add(str(conversation_id))
        self._hand_out(self._revs.head(str(conversation_id), answer["rev"]))

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

    async def request(self, type: str, **fields: Any) -> Frame:
        """The answer to a frame of any type, made again after every loss until it is answered.

        Raises Refused, or what ended the client.
        """
        if self._ending is not None:
            raise self._ending
        request = self._outbox.add(type, fields)
        self._to_write.put_nowait(request)
        try:
            return await request.answer
        finally:
            self._outbox.forget(request)

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

    # -- the life of the client

    async def _live(self, socket: Socket) -> None:
        try:
            while True:
                await self._serve(socket)
                socket = await self._reopen()
        except ChatError as error:
            self._end(error, told=error)
        except asyncio.CancelledError:
            self._end(_closed(), told=None)
            raise
        except Exception as error:
            log.exception("the client has failed")
            self._end(_closed(), told=ChatError("client_failed", repr(error)))

    def _end(self, error: ChatError, *, told: ChatError | None) -> None:
        """`told` is raised to who iterates."""
        self._ending = error
        self._buffer.end(told)
        self._outbox.fail(error)

    async def _reopen(self) -> Socket:
        """The next socket, however long it takes; raises what says that there will be none."""
        attempt, at_least = 0, 0.0
        while True:
            await asyncio.sleep(max(self._backoff.delay(attempt), at_least))
            attempt += 1
            try:
                return await self._open()
            except Unreachable as error:
                log.info("not back yet: %s", error)
                at_least = error.retry_after
            except Refused as refusal:
                if not refusal.is_passing:
                    raise
                at_least = refusal.retry_after or 0.0

    async def _open(self) -> Socket:
        """A socket, by an access token that is renewed when it turns out to have expired."""
        access = await self.rest.access()
        try:
            socket = await open_socket(self._url, access)
        except Closed as closed:
            if closed.code != "token_expired":
                raise
            socket = await open_socket(self._url, await self.rest.renewed(access))
        self.user_id = socket.hello["userId"]
        self._outbox.frame_bytes = socket.hello["limits"]["frameBytes"]
        return socket

    async def _serve(self, socket: Socket) -> None:
        """Until the connection is lost; raises what ends the client."""
        self._to_write = asyncio.Queue()
        for request in self._outbox.waiting():
            self._to_write.put_nowait(request)
        self._hand_out(self._revs.hello(socket.hello["heads"]))
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read(socket, tasks))
                tasks.create_task(self._write(socket))
                tasks.create_task(self._beat(socket))
                tasks.create_task(self._catch_up())
                for conversation_id in self._revs.opened:
                    tasks.create_task(self._open_again(conversation_id))
        except ExceptionGroup as group:
            if self._is_closing:  # the group has swallowed the cancellation
                raise asyncio.CancelledError from None
            lost, others = group.split(Unreachable)
            if others is not None:
                raise others.exceptions[0] from None
            log.info("the connection was lost: %s", lost and lost.exceptions[0])
        finally:
            await socket.close()

    async def _read(self, socket: Socket, tasks: asyncio.TaskGroup) -> None:
        async for frame in socket.frames():
            if frame["type"] in ANSWERS:
                request = self._outbox.settle(frame)
                if request is not None:
                    tasks.create_task(self._ask_again(request))
            else:
                self._hand_out(self._revs.take(frame))

    async def _write(self, socket: Socket) -> None:
        """One writer, so that requests go out in the order in which they were made."""
        queue = self._to_write
        while True:
            request = await queue.get()
            if not request.answer.done():
                await socket.send(request.text)

    async def _beat(self, socket: Socket) -> None:
        while True:
            await asyncio.sleep(socket.hello["heartbeatSeconds"])
            await socket.send('{"type":"ping"}')

    async def _catch_up(self) -> None:
        catching_up = CatchUp(self.rest, self._revs, self._buffer, self._backoff)
        while True:
            self._is_behind.clear()
            await catching_up.until_level()
            await self._is_behind.wait()

    async def _ask_again(self, request: Request) -> None:
        await asyncio.sleep(self._backoff.delay(0))
        self._to_write.put_nowait(request)

    async def _open_again(self, conversation_id: str) -> None:
        try:
            await self.open(conversation_id)
        except Refused:
            self._hand_out(self._revs.gone(conversation_id))

    def _hand_out(self, events: Sequence[Event]) -> None:
        self._buffer.put(events)
        if self._revs.behind():
            self._is_behind.set()


def _message(answer: Frame) -> Message:
    message: Message = answer["message"]
    return message


def _closed() -> ChatError:
    return Closed("closed", "The client is closed.")
