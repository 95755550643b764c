"""The control plane over Channels' layer: in memory for one process, channels-redis for several.

Every serving process is in one group of the layer. The layer's queue of a process is bounded and
drops silently what is above, so commands travel in batches.
"""

import asyncio
import atexit
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from channels.layers import BaseChannelLayer, InMemoryChannelLayer, get_channel_layer

from chatproject.realtime import control
from chatproject.realtime.coalescer import Coalescer
from chatproject.realtime.control import Command, Handler

logger = logging.getLogger(__name__)

GROUP = "chat.control"
MAX_BATCH = 100  # commands in one message of the layer
MAX_WAITING = 10_000  # commands; the oldest are dropped while the layer is away
SEND_SECONDS = 3.0
REJOIN_SECONDS = 5.0  # after which a process enters the group again, as a restarted Redis needs it
RETRY_AFTER = 1.0
CANCEL_TRIES, CANCEL_SECONDS = 5, 0.5


class ControlSender:
    """Sends commands to all other processes; belongs to one event loop."""

    def __init__(self, layer: BaseChannelLayer) -> None:
        self.origin = uuid4().hex
        self._layer = layer
        self._waiting: deque[Command] = deque(maxlen=MAX_WAITING)
        self._coalescer = Coalescer(self._take, self._flush, name="control plane")
        self._is_away = False

    def send(self, commands: Sequence[Command]) -> None:
        self._waiting.extend(commands)
        self._coalescer.wake()

    async def drain(self) -> None:
        await self._coalescer.idle()

    def _take(self, in_flight: int) -> list[Command]:
        count = min(len(self._waiting), MAX_BATCH)
        return [self._waiting.popleft() for _ in range(count)]

    async def _flush(self, batch: Sequence[Command]) -> None:
        message = {
            "type": "control",
            "origin": self.origin,
            "commands": [[command.kind, dict(command.fields)] for command in batch],
        }
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._layer.group_send(GROUP, message)
            self._is_away = False
        except Exception as error:  # noqa: BLE001 (the reconcilers of the others heal it)
            if not self._is_away:
                logger.warning("the control plane reaches no other process: %r", error)
            self._is_away = True


class ControlPlane:
    """The control plane of a serving process. All methods but `send` belong to the event loop's
    thread."""

    def __init__(self, layer: BaseChannelLayer, on_gap: Callable[[], None]) -> None:
        """`on_gap` is called when commands of others may have been lost."""
        self._layer = layer
        self._on_gap = on_gap
        self._sender = ControlSender(layer)
        self._handlers: dict[str, Handler] = {}
        # Without `!`: the channel has a queue of its own in Redis, and no other use of the layer
        # in this process fills it.
        self._channel = f"chat.control.{uuid4().hex}"
        self._had_gap = False
        self._is_stopping = False
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def on(self, kind: str, handler: Handler) -> None:
        """`handler` gets the fields of each command of this kind. It must not block."""
        self._handlers[kind] = handler

    async def start(self) -> None:
        """Returns when the layer has let this process in, or has not answered."""
        self._loop = asyncio.get_running_loop()
        await self._join()
        self._tasks = [
            asyncio.create_task(self._receive_forever(), name="control plane receives"),
            asyncio.create_task(self._rejoin_forever(), name="control plane rejoins"),
        ]
        control.install(self)

    async def stop(self) -> None:
        control.install(None)
        with contextlib.suppress(Exception):
            async with asyncio.timeout(SEND_SECONDS):
                await self._sender.drain()
                await self._layer.group_discard(GROUP, self._channel)
        self._is_stopping = True
        running = set(self._tasks)
        for _ in range(CANCEL_TRIES):  # a receiving layer may swallow a cancellation
            for task in running:
                task.cancel()
            if running:
                _, running = await asyncio.wait(running, timeout=CANCEL_SECONDS)

    def send(self, commands: Sequence[Command]) -> None:
        """Carries the commands out here, and has all others do so. From any thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._send, commands)

    def _send(self, commands: Sequence[Command]) -> None:
        self._sender.send(commands)
        for command in commands:
            self._carry_out(command.kind, command.fields)

    def _carry_out(self, kind: str, fields: Mapping[str, Any]) -> None:
        handler = self._handlers.get(kind)
        if handler is None:  # of a newer release, during a rolling update
            logger.warning("unknown control command %r", kind)
            return
        try:
            handler(fields)
        except Exception:
            logger.exception("carrying out the control command %r", kind)

    async def _receive_forever(self) -> None:
        while not self._is_stopping:
            try:
                message = await self._layer.receive(self._channel)
            except Exception as error:  # noqa: BLE001 (in whatever way, the layer is away)
                self._lost(error)
                await asyncio.sleep(RETRY_AFTER)
                continue
            if message.get("origin") == self._sender.origin:
                continue  # carried out when it was sent
            for kind, fields in message.get("commands", ()):
                self._carry_out(kind, fields)

    async def _rejoin_forever(self) -> None:
        while True:
            await asyncio.sleep(RETRY_AFTER if self._had_gap else REJOIN_SECONDS)
            await self._join()

    async def _join(self) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._layer.group_add(GROUP, self._channel)
        except Exception as error:  # noqa: BLE001 (likewise)
            self._lost(error)
            return
        if self._had_gap:
            self._had_gap = False
            logger.info("the control plane is back")
            self._on_gap()

    def _lost(self, error: Exception) -> None:
        if not self._had_gap:
            logger.warning("the control plane hears no other process: %r", error)
        self._had_gap = True


class OutsideSender:
    """The control plane's sending half in a process that serves nothing, such as a command's: an
    event loop in a thread of its own, so that sync and async code may use it."""

    def __init__(self, layer: BaseChannelLayer) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="control plane", daemon=True).start()
        self._sender = ControlSender(layer)
        atexit.register(self.drain)

    def send(self, commands: Sequence[Command]) -> None:
        self._loop.call_soon_threadsafe(self._sender.send, commands)

    def drain(self) -> None:
        """What was sent last goes out before the process ends."""
        asked = asyncio.run_coroutine_threadsafe(self._sender.drain(), self._loop)
        with contextlib.suppress(TimeoutError):
            asked.result(SEND_SECONDS)


_outside: OutsideSender | None = None
_lock = threading.Lock()


def outside_sender() -> OutsideSender | None:
    """That of this process; None where the layer reaches no other one."""
    global _outside  # noqa: PLW0603 (one a process)
    layer = get_channel_layer()
    if isinstance(layer, InMemoryChannelLayer):
        return None
    with _lock:
        if _outside is None:
            _outside = OutsideSender(layer)
    return _outside
