"""One connection to Redis for publishing and listening, by RESP3 (Redis 6 or newer).

Written for the bus, where redis-py's client costs more than all the rest of a delivery: commands go
straight to the transport without waiting for their answers, and what arrives at once is handed over
at once.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, cast

from hiredis import PushNotification, Reader, ReplyError, pack_command
from redis.asyncio.connection import SSLConnection, parse_url

Messages = Sequence[tuple[bytes, bytes]]  # (channel, payload)

HANDSHAKE_SECONDS = 3.0
# Of what Redis does not read. More would only be memory: the reader looks into the database anyway.
MAX_UNSENT_BYTES = 8 << 20

_NOTHING = object()


class Link(asyncio.Protocol):
    """Belongs to the event loop's thread. Once it is lost it stays so."""

    def __init__(self, hear: Callable[[Messages], None]) -> None:
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self._hear = hear
        self._reader = Reader(notEnoughData=_NOTHING)
        self._asked: deque[asyncio.Future[Any]] = deque()

    def send(self, *commands: tuple[bytes, ...]) -> None:
        """Sends without waiting. Answers are ignored, but for an error, which ends the link."""
        if self.lost.done():
            return
        packed = [pack_command(command) for command in commands]  # type: ignore[arg-type]
        self._transport.write(b"".join(packed))
        if self._transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self.give_up(ConnectionError("Redis does not read"))

    def ask(self, *command: bytes) -> asyncio.Future[Any]:
        """The answer, which must not be a number, after those to all that was sent before."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self.lost.done():
            answer.set_exception(ConnectionError("the link to Redis is lost"))
        else:
            self._asked.append(answer)
            self.send(command)
        return answer

    def give_up(self, error: Exception | None = None) -> None:
        if self.lost.done():
            return
        self.lost.set_result(error)
        self._transport.abort()
        for answer in self._asked:
            if not answer.done():
                answer.set_exception(error or ConnectionError("the link to Redis was lost"))
                answer.exception()  # marks it as retrieved, since nobody may wait for it any more
        self._asked.clear()

    # -- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def connection_lost(self, exc: Exception | None) -> None:
        self.give_up(exc)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        heard: list[tuple[bytes, bytes]] = []
        try:
            while (item := self._reader.gets()) is not _NOTHING:
                if isinstance(item, PushNotification):
                    if item[0] == b"message":
                        heard.append((item[1], item[2]))
                elif isinstance(item, ReplyError):
                    self.give_up(item)
                elif not isinstance(item, int) and self._asked:  # a number answers a PUBLISH
                    self._answer(item)
        except Exception as error:  # noqa: BLE001 (what is no RESP cannot be read on)
            self.give_up(error)
        if heard:
            self._hear(heard)

    def _answer(self, item: object) -> None:
        answer = self._asked.popleft()
        if not answer.done():  # the caller may have stopped waiting
            answer.set_result(item)


async def open_link(url: str, hear: Callable[[Messages], None]) -> Link:
    """A link that is authenticated. Raises OSError or hiredis' ReplyError."""
    options = parse_url(url)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(HANDSHAKE_SECONDS):
        if "path" in options:
            _, link = await loop.create_unix_connection(lambda: Link(hear), options["path"])
        else:
            host, port = options.get("host", "localhost"), options.get("port", 6379)
            _, link = await loop.create_connection(
                lambda: Link(hear), host, port, ssl=_tls(options)
            )
        try:
            await link.ask(b"HELLO", b"3", *_credentials(options))
        except BaseException as error:
            link.give_up()
            if isinstance(error, ReplyError):
                raise ConnectionError(f"Redis refuses: {error}") from error
            raise
    return link


def number_of(url: str) -> int:
    """The number of the database that a Redis URL names."""
    return int(parse_url(url).get("db", 0))


def _credentials(options: Any) -> list[bytes]:
    if "password" not in options:
        return []
    name = options.get("username") or "default"
    return [b"AUTH", name.encode(), options["password"].encode()]


def _tls(options: Any) -> ssl.SSLContext | None:
    if options.get("connection_class") is not SSLConnection:
        return None
    return ssl.create_default_context(cafile=options.get("ssl_ca_certs"))
