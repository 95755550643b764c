"""The sending half of one WebSocket: it never blocks its caller, and never raises.

Under uvicorn's sans-IO protocol, without deflate, a frame is the same bytes for every socket and
goes straight to the transport: one write per socket, no coroutine, no encoding. Where that is not
possible (another server, or a client that does not read), frames go into a bounded queue, which a
task empties through the plain ASGI `send`.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from chatproject.core import metrics
from chatproject.realtime.bus import conversation_topic
from chatproject.realtime.protocol import ShortCutProtocol, Take
from chatproject.realtime.websocket import CLOSE_RESUME, wire, wire_all

log = logging.getLogger(__name__)

MAX_QUEUED_FRAMES = 1_000
MAX_QUEUED_BYTES = 1 << 20
SEND_DEADLINE = 10.0  # seconds that one frame may wait for a client that does not read

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Socket:
    """One person's connection. All methods belong to the event loop's thread."""

    __slots__ = (
        "__weakref__",
        "_closing",
        "_draining",
        "_held",
        "_protocol",
        "_queue",
        "_queued_bytes",
        "_send",
        "_unwritten",
        "is_scoped",
        "sign_in_id",
        "topics",
        "user_id",
    )

    def __init__(
        self, send: Send, *, user_id: UUID, sign_in_id: UUID, is_scoped: bool = False
    ) -> None:
        self.user_id = user_id
        self.sign_in_id = sign_in_id
        self.is_scoped = is_scoped  # whether it is for a single conversation
        self.topics: set[str] = set()
        self._send = send
        self._protocol = _raw_protocol(send)
        self._unwritten: list[bytes] = []  # written in this turn of the loop, as bytes for the wire
        # Exists only while a frame waits: an empty deque takes as much memory as the rest of a
        # Socket.
        self._queue: deque[tuple[bytes, bool]] | None = None
        self._queued_bytes = 0
        self._held = False
        self._closing = False
        self._draining: asyncio.Task[None] | None = None

    @property
    def is_closing(self) -> bool:
        return self._closing

    @property
    def is_gone(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._closing or (self._protocol is not None and self._protocol.disconnected)

    def hears(self, conversation_id: str | None) -> bool:
        """Whether an event of the personal topic is for this socket: a scoped socket gets only
        those of its conversation.
        """
        return not self.is_scoped or (
            conversation_id is not None and conversation_topic(conversation_id) in self.topics
        )

    def write(
        self, payloads: Sequence[bytes], wired: bytes | None = None, *, ephemeral: bool = False
    ) -> None:
        """Sends the frames in order; `wired` has them as bytes for the wire, made once for all
        sockets.

        Ephemeral frames (receipts, typing) are the first to be dropped when the client is slow.
        """
        if self._closing:
            return
        if self._queue is not None or self._held or not self._can_write():
            self._write_out()
            self._enqueue(payloads, ephemeral)
            return
        if not self._unwritten:
            asyncio.get_running_loop().call_soon(self._write_out)
        self._unwritten.append(wire_all(payloads) if wired is None else wired)

    async def drained(self) -> None:
        """Returns when the client has taken what was written so far, or is gone. A client that
        takes nothing for SEND_DEADLINE seconds is closed.
        """
        while not self.is_gone:
            self._write_out()
            if self._draining is not None:
                await asyncio.wait([self._draining])
            elif self._protocol is None or self._can_write():
                return
            else:
                try:
                    async with asyncio.timeout(SEND_DEADLINE):
                        await self._protocol.writable.wait()
                except TimeoutError:
                    self._close_slow("deadline")

    def _can_write(self) -> bool:
        """Whether a frame can go straight to the transport."""
        return self._protocol is not None and self._protocol.writable.is_set()

    def _write_out(self) -> None:
        """Sends all frames of one turn of the loop in one system call, which costs more than the
        rest of a delivery. An ack and its event usually come together.
        """
        if not self._unwritten:
            return
        data = b"".join(self._unwritten)
        self._unwritten.clear()
        protocol = self._protocol
        if protocol is not None and not (protocol.close_sent or protocol.disconnected):
            protocol.transport.write(data)

    def take_at_once(self, take: Take | None) -> None:
        """Lets the server, if it can, call `take` with frames before they go to `receive`."""
        if isinstance(self._protocol, ShortCutProtocol):
            self._protocol.take = take

    def hold(self) -> None:
        """Queues what is written until `release`."""
        self._held = True

    def release(self, first: bytes) -> None:
        """Sends `first`, then what was queued since `hold`."""
        self._held = False
        queue = self._queue or deque()
        queue.appendleft((first, False))
        if self._can_write():
            self._empty()
            self.write([payload for payload, _ in queue])
        else:
            self._queue = queue
            self._queued_bytes += len(first)
            self._drain_soon()

    def close(self, code: int, reason: str, *, last: bytes | None = None) -> None:
        """Closes the connection. Drops what is queued, and sends `last` before the close frame."""
        if self._closing:
            return
        self._write_out()
        self._closing = True
        self._empty()
        if self._draining is not None:
            self._draining.cancel()
        self._draining = asyncio.create_task(self._send_close(code, reason, last))

    def _enqueue(self, payloads: Sequence[bytes], ephemeral: bool) -> None:
        if self._queue is None:
            self._queue = deque()
        for payload in payloads:
            self._queue.append((payload, ephemeral))
            self._queued_bytes += len(payload)
        if self._is_over_full(self._queue):
            before = len(self._queue)
            self._queue = deque(item for item in self._queue if not item[1])
            self._queued_bytes = sum(len(payload) for payload, _ in self._queue)
            _count_dropped("ephemeral", before - len(self._queue))
        if self._is_over_full(self._queue):
            self._close_slow("queue_full")
        elif not self._held:
            self._drain_soon()

    def _is_over_full(self, queue: deque[tuple[bytes, bool]]) -> bool:
        is_heavy = len(queue) > 1 and self._queued_bytes > MAX_QUEUED_BYTES  # one may be large
        return is_heavy or len(queue) > MAX_QUEUED_FRAMES

    def _empty(self) -> None:
        self._queue = None
        self._queued_bytes = 0

    def _drain_soon(self) -> None:
        if self._draining is None and not self._closing:
            self._draining = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        try:
            while self._queue:
                # Taken out first: others may be dropped while it is being sent.
                payload, _ = self._queue.popleft()
                self._queued_bytes -= len(payload)
                async with asyncio.timeout(SEND_DEADLINE):
                    await self._send_one(payload)
            self._draining = None
            self._empty()
        except TimeoutError:
            self._draining = None
            self._close_slow("deadline")
        except Exception:  # noqa: BLE001 (the connection is gone; its receive loop ends too)
            self._closing = True
            self._empty()

    async def _send_one(self, payload: bytes) -> None:
        """Sends through the transport if possible: in a Python string, one emoji makes every
        character take four bytes. Raises ConnectionError if the connection is gone.
        """
        protocol = self._protocol
        if protocol is None:
            await self._send({"type": "websocket.send", "text": payload.decode()})
            return
        await protocol.writable.wait()
        if protocol.close_sent or protocol.disconnected:
            raise ConnectionResetError
        protocol.transport.write(wire(payload))

    def _close_slow(self, reason: str) -> None:
        metrics.slow_clients[(reason,)].count += 1
        _count_dropped("slow_client", len(self._queue or ()))
        self.close(CLOSE_RESUME, "too slow: resume")

    async def _send_close(self, code: int, reason: str, last: bytes | None) -> None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(1.0):
                if last is not None:
                    await self._send({"type": "websocket.send", "text": last.decode()})
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
                return
        if self._protocol is not None:  # the client does not even take the close frame
            self._protocol.transport.abort()


def _count_dropped(reason: str, count: int) -> None:
    if count:
        metrics.dropped_events[(reason,)].count += count


def _raw_protocol(send: Send) -> WebSocketsSansIOProtocol | None:
    """uvicorn's connection behind an ASGI `send`, if frames can be written past it."""
    protocol = getattr(send, "__self__", None)
    if isinstance(protocol, WebSocketsSansIOProtocol) and not protocol.conn.extensions:
        return protocol
    return None
