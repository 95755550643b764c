"""Sends a local file, whole or in part, without occupying a thread meanwhile.

Its pieces are read in a few threads that are for nothing else, each as the client has taken the one
before, so that fifty slow downloads cost no request a thread and the process no memory.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any
from urllib.parse import quote

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request

from chatproject.core.api.views import ApiView

FileRequest = Request
OTHERWISE = {
    302: OpenApiResponse(description="To the store, for some minutes."),
    304: OpenApiResponse(description="As the ETag that was sent."),
}

PIECE = 128 * 1024
THREADS = 4

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="file")


def binary(status: int, kinds: Sequence[str]) -> dict[tuple[int, str], Any]:
    """What the schema says of files of these kinds."""
    return dict.fromkeys([(status, kind) for kind in kinds], OpenApiTypes.BINARY)


class FileView(ApiView):
    # Answers whatever kinds of content the asker names: a picture is no JSON.
    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)


class Piecewise:
    """Bytes [start, stop) of an open file, which closes with the response."""

    def __init__(self, file: IO[bytes], start: int, stop: int) -> None:
        self._file = file
        self._start, self._stop = start, stop

    def _piece(self, at: int) -> bytes:
        return os.pread(self._file.fileno(), min(PIECE, self._stop - at), at)

    def __iter__(self) -> Iterator[bytes]:
        at = self._start
        while at < self._stop and (piece := self._piece(at)):
            at += len(piece)
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        loop, at = asyncio.get_running_loop(), self._start
        while at < self._stop and (piece := await loop.run_in_executor(_pool, self._piece, at)):
            at += len(piece)
            yield piece

    def close(self) -> None:
        self._file.close()


class StreamedFile(StreamingHttpResponse):
    """Is read by both kinds of handler: as it comes under ASGI, in the thread elsewhere."""

    def __init__(self, pieces: Piecewise, **options: Any) -> None:
        super().__init__(**options)
        self._pieces = pieces
        self.streaming_content = iter(pieces)

    def close(self) -> None:
        self._pieces.close()
        super().close()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces.__aiter__()


def send_file(
    request: Request, file: IO[bytes], *, etag: str, headers: dict[str, str]
) -> HttpResponseBase:
    """200, 206, 304 or 416 as the request's headers ask (RFC 9110); takes over the open file.

    `etag` is a strong one with its quotation marks. Of several ranges all are ignored, as is
    allowed, and the whole is sent.
    """
    size = os.fstat(file.fileno()).st_size
    headers = {**headers, "ETag": etag, "Accept-Ranges": "bytes"}
    if _matches(request.headers.get("If-None-Match", ""), etag):
        file.close()
        headers.pop("Content-Type", None)
        return HttpResponse(status=304, headers=headers)
    start, stop, status = 0, size, 200
    if request.headers.get("If-Range", etag) == etag:
        span = _span(request.headers.get("Range", ""), size)
        if span is not None:
            (start, stop), status = span, 206
    if start >= stop and status == 206:
        file.close()
        headers["Content-Range"] = f"bytes */{size}"
        headers["Content-Type"] = "text/plain"
        return HttpResponse(status=416, headers=headers)
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(stop - start)
    if request.method == "HEAD":
        file.close()
        return HttpResponse(status=status, headers=headers)
    return StreamedFile(Piecewise(file, start, stop), status=status, headers=headers)


def _matches(condition: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in condition.split(",")]
    return "*" in tags or etag in tags


def _span(header: str, size: int) -> tuple[int, int] | None:
    """The one range that is asked for as [start, stop); empty when it cannot be satisfied."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size if int(last) else 0
    start, stop = int(first), min(size, int(last) + 1) if last else size
    if last and int(last) < start:
        return None
    return start, max(stop, 0) if start < size else start


def disposition(kind: str, name: str) -> str:
    """`inline` or `attachment` with a file's name (RFC 6266): ASCII for old clients, then all."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    value = f'{kind}; filename="{plain}"'
    if plain != name:
        value += f"; filename*=UTF-8''{quote(name, safe='')}"
    return value
