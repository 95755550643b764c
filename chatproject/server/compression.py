"""Compresses the answers of a few paths with gzip, for clients that accept it.

Only for answers in which people write who may read all of them: else a writer who sees how long
the compressed answers are could guess what others wrote (BREACH). A page of one conversation is
such an answer; the inbox, with the last messages of many, is none, nor is a page of HTML, which has
the CSRF token. Webhooks write and do not read, so that a random number of bytes is added too, as
Django does it. See docs/decisions/0038-compressed-pages.md.
"""

import asyncio
import re
import secrets
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from chatproject.server.request_threads import Receive, Scope, Send

Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

# A smaller answer takes one packet as it is.
LEAST = 1_400  # bytes
# It takes a tenth of a millisecond for 100 KB; what takes longer does not keep the event loop.
LONG = 128 * 1024  # bytes
LEVEL = 1  # the higher ones save a hundredth more, for two to four times the CPU
MOST_RANDOM = 100  # bytes
# RFC 1952: no time, the fastest level, no system; a name follows.
GZIP_HEADER = b"\x1f\x8b\x08\x08\0\0\0\0\x04\xff"


class Compression:
    """An ASGI application for http before `application`, for GET of the paths that match."""

    def __init__(self, application: Application, paths: re.Pattern[str]) -> None:
        self._application = application
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET" and self._paths.fullmatch(scope["path"]):
            send = _CompressedAnswer(send, is_accepted=_accepts_gzip(scope))
        await self._application(scope, receive, send)


class _CompressedAnswer:
    """`send` that compresses an answer in JSON, and marks it as one of two forms. Such an answer is
    bounded (`messaging.reads.answer_size`), and held until it is whole."""

    def __init__(self, send: Send, *, is_accepted: bool) -> None:
        self._send = send
        self._is_accepted = is_accepted
        self._held: Mapping[str, Any] | None = None
        self._parts: list[bytes] = []

    async def __call__(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = _varying(message["headers"])
            message = {**message, "headers": _weak(headers) if self._is_accepted else headers}
            if self._is_accepted and _is_json(message):
                self._held = message
                return
        elif self._held is not None:
            self._parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._send_whole(self._held, b"".join(self._parts))
            return
        await self._send(message)

    async def _send_whole(self, start: Mapping[str, Any], body: bytes) -> None:
        if len(body) >= LEAST:
            body = await _compressed(body)
            start = {**start, "headers": _of_compressed(start["headers"], len(body))}
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _accepts_gzip(scope: Scope) -> bool:
    """Whether `Accept-Encoding` names gzip, and does not rule it out by a weight of 0."""
    for name, value in scope["headers"]:
        if name.lower() == b"accept-encoding":
            for each in value.decode("latin-1").lower().split(","):
                coding, _, weight = each.partition(";")
                if coding.strip() == "gzip":
                    return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return False


def _is_json(start: Mapping[str, Any]) -> bool:
    named = {name.lower(): value for name, value in start["headers"]}
    is_json = named.get(b"content-type", b"").startswith(b"application/json")
    return start["status"] == 200 and is_json and b"content-encoding" not in named


async def _compressed(body: bytes) -> bytes:
    if len(body) > LONG:
        return await asyncio.to_thread(_gzip, body)
    return _gzip(body)


def _gzip(body: bytes) -> bytes:
    name = b"a" * secrets.randbelow(MOST_RANDOM + 1)
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(body) + packer.flush()
    check = zlib.crc32(body).to_bytes(4, "little") + len(body).to_bytes(4, "little")
    return b"".join([GZIP_HEADER, name, b"\0", packed, check])


def _varying(headers: Headers) -> list[tuple[bytes, bytes]]:
    """With `Accept-Encoding` among what the answer depends on, compressed or not."""
    found, named = [], b""
    for header in headers:
        if header[0].lower() == b"vary":
            named += header[1] + b", "
        else:
            found.append(header)
    return [*found, (b"Vary", named + b"Accept-Encoding")]


def _weak(headers: Headers) -> list[tuple[bytes, bytes]]:
    """With a weak ETag, which stands for both forms: of a short answer and of a 304 too, which does
    not tell how long the answer would have been."""
    return [
        (name, b"W/" + value if name.lower() == b"etag" and value[:2] != b"W/" else value)
        for name, value in headers
    ]


def _of_compressed(headers: Headers, length: int) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    size = (b"Content-Length", str(length).encode())
    return [*kept, size, (b"Content-Encoding", b"gzip")]
