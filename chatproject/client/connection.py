"""The connection of a client: a series of WebSockets, and the state that outlives each.

The rules are elsewhere: `revs` knows what is missing, `outbox` what is unanswered, `buffer` bounds
what the program has not taken. This module runs the tasks: one for the connection, and some for
each socket, which read, write, ping, and fetch what was missed.
"""

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from typing import Any

from .backoff import Backoff
from .buffer import Buffer
from .catch_up import CatchUp
from .errors import ChatError, Closed, Refused, Unreachable
from .events import Event, Frame
from .outbox import Outbox, Request
from .presence import WATCH, PresenceRequests
from .rest import Rest
from .revs import Revs
from .socket import Socket, open_socket

logger = logging.getLogger(__name__)

ANSWERS = frozenset({"ack", "error", "sync", "pong"})


class Connection:
    """`buffer` has the events; `user_id` is the person's id, empty until it is open."""

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
        self._presence = PresenceRequests()
        self._to_write: asyncio.Queue[Request] = asyncio.Queue()
        self._is_behind = asyncio.Event()
        self._life: asyncio.Task[None] | None = None
        self._is_closing = False
        self._spread = 0.0  # seconds over which the server wants its clients to reconnect
        self._pause = 0.0  # seconds before a request that was refused temporarily is repeated
        self._ending: ChatError | None = _closed()  # until it is opened

    async def open(self) -> None:
        """Connects; raises Unreachable, Refused or Closed. After that it reconnects by itself."""
        socket = await self._new_socket()
        self._ending = None
        self._life = asyncio.create_task(self._run(socket), name="chat connection")

    async def close(self) -> None:
        self._is_closing = True
        if self._life is not None:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)

    async def request(self, type: str, fields: Mapping[str, Any]) -> Frame:
        """Sends a frame and returns the answer; repeats it after every lost connection.

        Raises Refused, or the error that ended the connection.
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
        """Receives a public conversation's events without joining it, on later sockets too."""
        answer = await self.request("conversation.open", {"conversationId": conversation_id})
        self._revs.opened.add(conversation_id)
        self._deliver(self._revs.head(conversation_id, answer["rev"]))

    async def unlisten(self, conversation_id: str) -> None:
        await self.request("conversation.close", {"conversationId": conversation_id})
        self._revs.opened.discard(conversation_id)

    async def request_presence(self, type: str, fields: Mapping[str, Any]) -> Frame:
        """Like `request`, for what has to be repeated on each later socket."""
        with self._presence.remember(type, fields):
            return await self.request(type, fields)

    # -- the connection

    async def _run(self, socket: Socket) -> None:
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
            logger.exception("the client has failed")
            self._end(_closed(), told=ChatError("client_failed", repr(error)))

    def _end(self, error: ChatError, *, told: ChatError | None) -> None:
        """Ends the connection; raises `told` in the iteration over events."""
        self._ending = error
        self.buffer.end(told)
        self._outbox.fail(error)

    async def _reopen(self) -> Socket:
        """The next socket, however long it takes; raises an error that is final."""
        # The server knows how many clients reconnect now, and has told how long to spread them.
        attempt, at_least = 0, random.uniform(0.0, self._spread)  # noqa: S311 (no secret)
        while True:
            await asyncio.sleep(max(self._backoff.delay(attempt), at_least))
            attempt += 1
            try:
                return await self._new_socket()
            except Unreachable as error:
                logger.info("not reconnected yet: %s", error)
                at_least = error.retry_after
            except Refused as refusal:
                if not refusal.is_passing:
                    raise
                at_least = refusal.retry_after or 0.0

    async def _new_socket(self) -> Socket:
        """Opens a socket; renews the access token if it has expired."""
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
        """Serves a socket until it is lost; raises the error that ends the client."""
        self._to_write = asyncio.Queue()
        for request in self._outbox.waiting():
            self._to_write.put_nowait(request)
        self._pause = self._backoff.delay(0)
        self._deliver(self._revs.hello(socket.hello["heads"]))
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read(socket, tasks))
                tasks.create_task(self._write(socket))
                tasks.create_task(self._ping(socket))
                tasks.create_task(self._catch_up())
                for conversation_id in self._revs.opened:
                    tasks.create_task(self._resend_open(conversation_id))
                for name, fields in self._presence.frames():
                    tasks.create_task(self._resend_presence(name, fields))
        except ExceptionGroup as group:
            if self._is_closing:  # the group has swallowed the cancellation
                raise asyncio.CancelledError from None
            lost, others = group.split(Unreachable)
            if others is not None:
                raise others.exceptions[0] from None
            logger.info("the connection was lost: %s", lost and lost.exceptions[0])
        finally:
            await socket.close()

    async def _read(self, socket: Socket, tasks: asyncio.TaskGroup) -> None:
        async for frame in socket.frames():
            if frame["type"] in ANSWERS:
                request = self._outbox.resolve(frame)
                if request is not None:
                    tasks.create_task(self._retry(request))
            else:
                self._deliver(self._revs.take(frame))

    async def _write(self, socket: Socket) -> None:
        """Writes requests in the order in which they were made."""
        queue = self._to_write
        while True:
            request = await queue.get()
            if not request.answer.done():
                await socket.send(request.text)

    async def _ping(self, socket: Socket) -> None:
        while True:
            await asyncio.sleep(socket.hello["heartbeatSeconds"])
            await socket.send('{"type":"ping"}')

    async def _catch_up(self) -> None:
        catching_up = CatchUp(self.request, self._rest, self._revs, self.buffer, self._backoff)
        while True:
            self._is_behind.clear()
            await catching_up.until_level()
            await self._is_behind.wait()

    async def _retry(self, request: Request) -> None:
        """Repeats a request after a pause, which is the same for all, so they keep their order."""
        await asyncio.sleep(self._pause)
        self._to_write.put_nowait(request)

    async def _resend_open(self, conversation_id: str) -> None:
        try:
            await self.listen(conversation_id)
        except Refused:
            self._deliver(self._revs.gone(conversation_id))

    async def _resend_presence(self, type: str, fields: Mapping[str, Any]) -> None:
        """Repeats a presence request; delivers the answer to `watch` like an event."""
        try:
            answer = await self.request(type, fields)
        except Refused as refusal:
            logger.warning("%s is not possible any more: %s", type, refusal)
            return
        if type == WATCH:
            frame = {"type": "presence.changed", "people": answer["people"]}
            self._deliver([Event("presence.changed", frame, resumed=True)])

    def _deliver(self, events: Sequence[Event]) -> None:
        self.buffer.put(events)
        if self._revs.behind():
            self._is_behind.set()


def _closed() -> ChatError:
    return Closed("closed", "The client is closed.")
