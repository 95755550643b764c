"""The least that a WebSocket server can do: answer a frame, or write it to all.

What the generator reaches against it, on the same server software, is its own limit. The messages
have the size of real ones.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from chatproject.realtime.websocket import wire

MESSAGE = b'{"id":"%b"}' % (b"x" * 520)
EVENT = wire(
    b'{"type":"message.created","conversationId":"%b","message":%b}' % (b"x" * 36, MESSAGE)
)
HELLO = '{"type":"hello"}'

_transports: set[Any] = set()


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    transport = send.__self__.transport  # type: ignore[attr-defined]
    await send({"type": "websocket.send", "text": HELLO})
    if scope["path"] == "/broadcast":
        _transports.add(transport)
    try:
        while (message := await receive())["type"] == "websocket.receive":
            text = message["text"]
            start = text.index('"ref":"') + 7
            ref = text[start : text.index('"', start)].encode()
            ack = wire(b'{"type":"ack","ref":"%b","message":%b}' % (ref, MESSAGE))
            if transport in _transports:
                for each in _transports:
                    each.write(EVENT)
            transport.write(ack)
    finally:
        _transports.discard(transport)
