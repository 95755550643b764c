"""An ASGI WebSocket connection: accepted once, read text by text, refused with a reason."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from chatproject.core import correlation
from chatproject.core.api.json import dump
from chatproject.core.errors import Refusal
from chatproject.realtime.limits import FrameTooLarge

MAX_FRAME_BYTES = 128 * 1024

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Disconnected(Exception):
    """The client has closed the connection."""


class Connection:
    __slots__ = ("_is_accepted", "_receive", "is_idle", "send")

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self.send = send
        self._is_accepted = False
        self.is_idle = False  # waiting for a frame

    async def is_requested(self) -> bool:
        return bool((await self._receive())["type"] == "websocket.connect")

    async def accept(self) -> None:
        if not self._is_accepted:
            self._is_accepted = True
            socket_id = correlation.current().socket.encode()
            headers = [(correlation.HEADER, socket_id)] if socket_id else []
            await self.send({"type": "websocket.accept", "headers": headers})

    async def next_text(self) -> str:
        """The next text frame. Raises Disconnected, FrameTooLarge, or Refusal for a binary one."""
        self.is_idle = True
        message = await self._receive()
        self.is_idle = False
        if message["type"] == "websocket.disconnect":
            raise Disconnected
        text = message.get("text")
        if text is None:
            raise Refusal("Only text frames are understood.")
        # A character has at most four bytes, so only long texts have to be encoded to measure them.
        if len(text) * 4 > MAX_FRAME_BYTES and len(text.encode()) > MAX_FRAME_BYTES:
            raise FrameTooLarge
        return str(text)

    async def refuse(self, close_code: int, refusal: Refusal) -> None:
        """Sends the refusal and closes: a browser cannot see the status of a refused handshake."""
        await self.accept()
        await self.send(
            {"type": "websocket.send", "text": dump(error_json(None, refusal)).decode()}
        )
        await self.send(
            {"type": "websocket.close", "code": close_code, "reason": refusal.code[:120]}
        )


def error_json(ref: object, refusal: Refusal) -> dict[str, Any]:
    return {"type": "error", "ref": ref, **refusal.as_json()}
