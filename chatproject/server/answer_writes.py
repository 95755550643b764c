"""An answer's head and the first part of its body in one write.

uvicorn writes them one by one, and each write of a small answer is a call of the system, and wakes
the client: a twelfth of what a page of history costs the server.
"""

import asyncio


class AnswerTransport:
    """What one answer is written to: `transport`, but that a first piece waits for the second, or
    for the next turn of the event loop. It has what uvicorn asks of a transport for an answer."""

    __slots__ = ("_held", "_is_begun", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""
        self._is_begun = False

    def write(self, data: bytes) -> None:
        if not self._is_begun:
            self._is_begun = True
            self._held = data
            self._loop.call_soon(self._flush)
        elif self._held and data:
            held, self._held = self._held, b""
            self._transport.writelines([held, data])
        elif data:
            self._transport.write(data)
        else:
            self._flush()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():
            self._transport.write(held)
