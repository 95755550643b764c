"""One WebSocket of the client: opens it, reads and writes frames, interprets its end."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from .errors import ChatError, Closed, Refused, Unreachable
from .events import Frame

FIRST_FINAL_CODE = 4500  # lower codes mean "reconnect", this and higher ones do not
ABNORMAL = 1006
MAX_FRAME_BYTES = 64 * 1024 * 1024  # `hello` holds a line for each conversation
OPEN_SECONDS = 30.0  # after a restart thousands of clients wait for their turn
PING_SECONDS = 20.0  # a server that does not answer a ping for so long is gone
CLOSE_SECONDS = 3.0


class Socket:
    """`hello` is its first frame."""

    def __init__(self, connection: ClientConnection, hello: Frame) -> None:
        self.hello = hello
        self._connection = connection

    async def send(self, text: str) -> None:
        """Raises Unreachable or Closed."""
        try:
            await self._connection.send(text)
        except ConnectionClosed as closed:
            raise ended(closed) from None

    async def frames(self) -> AsyncIterator[Frame]:
        """The frames until the socket ends; then raises Unreachable or Closed."""
        while True:
            yield await _receive(self._connection)

    async def close(self) -> None:
        await self._connection.close()


async def open_socket(url: str, access: str) -> Socket:
    """Opens a socket and waits for `hello`. `url` is the server's, with http or https.

    Raises Unreachable when another try may succeed, else Closed with the server's reason as `code`.
    """
    connection = await _connect(url, access)
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            first = await _receive(connection)
            if first["type"] == "error":
                await _raise_refusal(connection, Refused.from_json(first))
            return Socket(connection, first)
    except TimeoutError:
        await connection.close()
        raise Unreachable("The server did not say hello.") from None
    except BaseException:
        await connection.close()
        raise


def ended(closed: ConnectionClosed) -> ChatError:
    """The error that the end of a connection means."""
    code = closed.rcvd.code if closed.rcvd is not None else ABNORMAL
    reason = closed.rcvd.reason if closed.rcvd is not None else "the connection was lost"
    if code >= FIRST_FINAL_CODE:
        return Closed(reason.replace(" ", "_") or "closed", reason, close_code=code)
    return Unreachable(f"{code} {reason}")


async def _connect(url: str, access: str) -> ClientConnection:
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    try:
        return await connect(
            parts._replace(scheme=scheme, path=f"{parts.path.rstrip('/')}/v1/ws").geturl(),
            additional_headers={"Authorization": f"Bearer {access}"},
            compression=None,
            max_size=MAX_FRAME_BYTES,
            max_queue=None,  # frames are taken at once; `buffer` bounds them
            open_timeout=OPEN_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            close_timeout=CLOSE_SECONDS,
        )
    except InvalidStatus as error:
        raise _refused_handshake(error) from error
    except (OSError, TimeoutError, InvalidHandshake) as error:
        raise Unreachable(str(error) or type(error).__name__) from error


def _refused_handshake(error: InvalidStatus) -> ChatError:
    """Unreachable for 429 and 5xx, of a server that is starting or overloaded; else Closed."""
    status, wait = error.response.status_code, error.response.headers.get("Retry-After", "")
    if status == 429 or status >= 500:
        retry_after = float(wait) if wait.isdecimal() else 0.0
        return Unreachable(f"HTTP {status}", retry_after=retry_after)
    return Closed(f"http_{status}", f"The socket was refused with HTTP {status}.")


async def _receive(connection: ClientConnection) -> Frame:
    try:
        frame: dict[str, Any] = json.loads(await connection.recv())
    except ConnectionClosed as closed:
        raise ended(closed) from None
    return frame


async def _raise_refusal(connection: ClientConnection, refusal: Refused) -> None:
    """Raises the refusal of the error frame: Closed if the close code after it is final."""
    try:
        while True:
            await _receive(connection)
    except Closed as closed:
        raise Closed(refusal.code, refusal.detail, close_code=closed.close_code) from None
