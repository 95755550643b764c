"""The connection of one client: one WebSocket after the other, and what has to outlive them.

The rules are elsewhere: `revs` for what is missing, `outbox` for what is unanswered, `buffer` for
who is slow. Here is what joins them: a task for the whole life, and some for each socket, which
read, write, and fetch what was missed.
"""

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from typing import Any

from chatproject.client.attention import WATCH, Attention
from chatproject.client.backoff import Backoff
from chatproject.client.buffer import Buffer
from chatproject.client.catch_up import CatchUp
from chatproject.client.errors import ChatError, Closed, Refused, Unreachable
from chatproject.client.events import Event, Frame
from chatproject.client.outbox import Outbox, Request
from chatproject.client.rest import Rest
from chatproject.client.revs import Revs
from chatproject.client.socket import Socket, open_socket

log = logging.getLogger(__name__)

ANSWERS = frozenset({"ack", "error", "sync", "pong"})


class Connection:
    """`buffer` has the events; `user_id` is whose they are, empty until it is open."""

    def __init__(
        self, url: str, rest: Rest, *, since: Mapping[str, int] | None, backoff: Backoff
    ) -> None:
        self.user_id = ""
        self._url = url
        self._rest = rest
        self._backoff = backoff
        self._revs = Revs(since)
        self.buffer = Buffer(self._revs)
        self._outbox = Outbox()
        self._attention = Attention()
        self._to_write: asyncio.Queue[Request] = asyncio.Queue()
        self._is_behind = asyncio.Event()
        self._life: asyncio.Task[None] | None = None
        self._is_closing = False
        self._spread = 0.0  # seconds over which the server wants its clients to come back
        self._pause = 0.0  # seconds before a request is made again that was refused for the moment
        self._ending: ChatError | None = _closed()  # until it is opened

    async def open(self) -> None:
        """Raises Unreachable, Refused or Closed; afterwards it comes back by itself."""
        socket = await self._new_socket()
        self._ending = None
        self._life = asyncio.create_task(self._live(socket), name="chat connection")

    async def close(self) -> None:
        self._is_closing = True
        if self._life is not None:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)

    async def request(self, type: str, fields: Mapping[str, Any]) -> Frame:
        """The answer to a frame, which is sent again after every loss until it is answered.

        Raises Refused, or what ended the connection.
        """
        if self._ending is not None:
            raise self._ending
        request = self._outbox.add(type, fields)
        self._to_write.put_nowait(request)
        try:
            return await request.answer
        finally:
            self._outbox.forget(request)

    async def listen(self, conversation_id: str) -> None:
        """Hears a conversation that one may read without being in it, on later sockets too."""
        answer = await self.request("conversation.open", {"conversationId": conversation_id})
        self._revs.opened.add(conversation_id)
        self._hand_out(self._revs.head(conversation_id, answer["rev"]))

    async def unlisten(self, conversation_id: str) -> None:
        await self.request("conversation.close", {"conversationId": conversation_id})
        self._revs.opened.discard(conversation_id)

    async def attend(self, type: str, fields: Mapping[str, Any]) -> Frame:
        """As `request`, of what is said on each later socket too."""
        with self._attention.saying(type, fields):
            return await self.request(type, fields)

    # -- the whole life

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
        self.buffer.end(told)
        self._outbox.fail(error)

    async def _reopen(self) -> Socket:
        """The next socket, however long it takes; raises what says that there will be none."""
        # At first as the server has said, which knows how many others come back now.
        attempt, at_least = 0, random.uniform(0.0, self._spread)  # noqa: S311 (no secret)
        while True:
            await asyncio.sleep(max(self._backoff.delay(attempt), at_least))
            attempt += 1
            try:
                return await self._new_socket()
            except Unreachable as error:
                log.info("not back yet: %s", error)
                at_least = error.retry_after
            except Refused as refusal:
                if not refusal.is_passing:
                    raise
                at_least = refusal.retry_after or 0.0

    async def _new_socket(self) -> Socket:
        """A socket, by an access token that is renewed when it turns out to have expired."""
        access = await self._rest.access()
        try:
            socket = await open_socket(self._url, access)
        except Closed as closed:
            if closed.code != "token_expired":
                raise
            socket = await open_socket(self._url, await self._rest.renewed(access))
        self.user_id = socket.hello["userId"]
        self._spread = float(socket.hello.get("resumeWithinSeconds", 0))
        self._outbox.frame_bytes = socket.hello["limits"]["frameBytes"]
        return socket

    # -- one socket

    async def _serve(self, socket: Socket) -> None:
        """Until it is lost; raises what ends the client."""
        self._to_write = asyncio.Queue()
        for request in self._outbox.waiting():
            self._to_write.put_nowait(request)
        self._pause = self._backoff.delay(0)
        self._hand_out(self._revs.hello(socket.hello["heads"]))
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read(socket, tasks))
                tasks.create_task(self._write(socket))
                tasks.create_task(self._beat(socket))
                tasks.create_task(self._catch_up())
                for conversation_id in self._revs.opened:
                    tasks.create_task(self._open_again(conversation_id))
                for name, fields in self._attention.frames():
                    tasks.create_task(self._attend_again(name, fields))
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
        catching_up = CatchUp(self.request, self._rest, self._revs, self.buffer, self._backoff)
        while True:
            self._is_behind.clear()
            await catching_up.until_level()
            await self._is_behind.wait()

    async def _ask_again(self, request: Request) -> None:
        """After a pause that is the same for all, so that they stay in their order."""
        await asyncio.sleep(self._pause)
        self._to_write.put_nowait(request)

    async def _open_again(self, conversation_id: str) -> None:
        try:
            await self.listen(conversation_id)
        except Refused:
            self._hand_out(self._revs.gone(conversation_id))

    async def _attend_again(self, type: str, fields: Mapping[str, Any]) -> None:
        """How people are by now is handed out like a change of it."""
        try:
            answer = await self.request(type, fields)
        except Refused as refusal:
            log.warning("%s is not possible any more: %s", type, refusal)
            return
        if type == WATCH:
            frame = {"type": "presence.changed", "people": answer["people"]}
            self._hand_out([Event("presence.changed", frame, resumed=True)])

    def _hand_out(self, events: Sequence[Event]) -> None:
        self.buffer.put(events)
        if self._revs.behind():
            self._is_behind.set()


def _closed() -> ChatError:
    return Closed("closed", "The client is closed.")
