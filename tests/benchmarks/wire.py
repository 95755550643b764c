"""The client's side of a WebSocket, no heavier than it must be.

A library client costs more per frame than the server under test, and would be what is measured.
So frames are made by one formatting and read by walking their headers; the mask, which the protocol
asks of clients, is four zeros.
"""

import asyncio
import base64
import json
from collections.abc import Callable

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
MASKED = 0x80
NO_MASK = b"\0\0\0\0"


def client_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A whole masked frame; `payload` has less than 64 KiB."""
    size = len(payload)
    if size < 126:
        return bytes((opcode, MASKED | size)) + NO_MASK + payload
    return bytes((opcode, MASKED | 126)) + size.to_bytes(2, "big") + NO_MASK + payload


def handshake(port: int, path: str, token: str | None = None) -> bytes:
    key = base64.b64encode(b"benchmark client").decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    ]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Lost(Exception):
    """The server closed a connection that was to stay open, or refused it."""


class Connection(asyncio.Protocol):
    """One WebSocket. Subclasses take acks and events; anything else that comes is kept.

    `ready` is done when the first frame (`hello`) has come; `failure` tells why it ended.
    """

    def __init__(self, request: bytes) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.failure: str | None = None
        self.errors: list[bytes] = []
        self._request = request
        self._rest = b""
        self._open = False
        self._ended = False

    # -- for subclasses

    def on_ack(self, data: bytes, body: int, end: int) -> None:
        """The frame's payload is data[body:end]."""

    def on_event(self, data: bytes, body: int, end: int) -> None:
        """A `message.created` likewise."""

    # -- the transport's end

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.write: Callable[[bytes], None] = transport.write
        self.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended:
            self._fail(f"connection lost: {exc}")

    def end(self) -> None:
        self._ended = True
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        at = self._read_frames(data, 0) if self._open else self._read_answer(data)
        self._rest = data[at:]

    def _read_frames(self, data: bytes, at: int) -> int:
        """Hands on each whole frame from `at` on; returns where the first that is not begins."""
        size = len(data)
        while size - at >= 2:
            length, body = data[at + 1], at + 2
            if length == 126:
                length, body = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, body = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            end = body + length
            if end > size:
                break
            if data[at] == TEXT:
                self._on_text(data, body, end)
            else:
                self._on_control(data[at], data[body:end])
            at = end
        return at

    def _read_answer(self, data: bytes) -> int:
        """The answer to the handshake, and the frames behind it."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return 0
        if not data.startswith(b"HTTP/1.1 101"):
            self._fail(data.decode(errors="replace"))
            return len(data)
        self._open = True
        return self._read_frames(data, end + 4)

    def _on_text(self, data: bytes, body: int, end: int) -> None:
        if data.startswith(b'{"type":"message.created"', body):
            self.on_event(data, body, end)
        elif data.startswith(b'{"type":"ack"', body):
            self.on_ack(data, body, end)
        else:
            self._on_other(data, body, end)

    def _on_other(self, data: bytes, body: int, end: int) -> None:
        """Names in another order than ours, `hello`, and what nobody hoped for."""
        kind = json.loads(data[body:end]).get("type")
        if kind == "hello":
            if not self.ready.done():
                self.ready.set_result(None)
        elif kind == "message.created":
            self.on_event(data, body, end)
        elif kind == "ack":
            self.on_ack(data, body, end)
        elif kind in ("error", "conversation.rev"):
            self.errors.append(data[body:end])

    def _on_control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.write(client_frame(payload, PONG))
        elif opcode == CLOSE:
            code = int.from_bytes(payload[:2], "big")
            self._fail(f"closed by the server: {code} {payload[2:].decode(errors='replace')}")

    def _fail(self, reason: str) -> None:
        self.failure = self.failure or reason
        if not self.ready.done():
            self.ready.set_exception(Lost(self.failure))


def ref_of(data: bytes, body: int) -> int:
    """The number in an ack's `ref`."""
    start = data.index(b'"ref":"', body) + 7
    return int(data[start : data.index(b'"', start)])
