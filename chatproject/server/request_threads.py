"""Runs Django behind ASGI in a pool of threads, with one thread switch a request.

Django's own ASGI handler makes a thread for every request and crosses between threads several
times, which costs more than a small request itself (docs/decisions/0002). All our views are
synchronous, so a request, from the first middleware to the last, runs in one thread of a pool.

The event loop reads the body first, so that a slow client holds no thread; a body that is too large
is read and thrown away. Uploads have a few threads of their own (`UploadRoute`).
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.db import InterfaceError, OperationalError, close_old_connections
from django.urls import set_script_prefix

from chatproject.core.api.media_types import BodyTooLarge
from chatproject.core.api.problems import problem_response
from chatproject.core.errors import RateLimited, Refusal, Unavailable
from chatproject.server.concurrency_limit import ConcurrencyLimit

# With the upload threads and the event loop's own they stay below the size of the database pool.
THREADS = 12
UPLOAD_THREADS = 4
WRITTEN_AT_ONCE = 512 * 1024  # bytes of a body
# Large bodies of one person that are read at once; a browser has six connections.
BODIES_AT_ONCE = 8

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class UploadRoute:
    """A path to which large bodies are posted. The person is admitted before the body is read.

    These requests take long, so they take no thread from the others.
    """

    path: str
    max_body: int  # bytes
    refusal: Callable[[], Refusal]  # raised for a larger body
    admit: Callable[[Scope], Hashable]  # returns the person or raises a Refusal; reads the database

    def has(self, scope: Scope) -> bool:
        path: str = scope["path"]
        return scope["method"] == "POST" and path.removesuffix("/") == self.path


class ThreadedHandler(ASGIHandler):
    """An ASGI application for http. A client that disconnects ends the sending of a stream, but
    does not stop its request."""

    def __init__(self, upload: Sequence[UploadRoute] = ()) -> None:
        super(ASGIHandler, self).__init__()
        self.load_middleware(is_async=False)
        self._uploads = upload
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        self._concurrency_limit = ConcurrencyLimit()
        self._bodies: Counter[Hashable] = Counter()
        self._upload_pool = ThreadPoolExecutor(UPLOAD_THREADS, thread_name_prefix="upload")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        upload = next((it for it in self._uploads if it.has(scope)), None)
        try:
            body = await self._read(scope, receive, upload)
        except RequestAborted:
            return
        except Refusal as refusal:
            await self.send_response(problem_response(refusal), send)
            return
        pool = self._upload_pool if upload else self._pool
        in_thread = asyncio.get_running_loop().run_in_executor
        async with nullcontext() if upload else self._concurrency_limit.passed():
            response = await in_thread(pool, self._respond, scope, body)
        try:
            if response.streaming:
                await self._stream(response, receive, send)
            else:
                await self.send_response(response, send)
        finally:
            if response.streaming:
                await in_thread(pool, response.close)

    async def _read(
        self, scope: Scope, receive: Receive, upload: UploadRoute | None
    ) -> "SpooledTemporaryFile[bytes]":
        """Raises RequestAborted, or a Refusal after the whole body was read and thrown away."""
        if upload is None:
            return await read_body(receive, settings.DATA_UPLOAD_MAX_MEMORY_SIZE, BodyTooLarge)
        loop = asyncio.get_running_loop()
        try:
            person = await loop.run_in_executor(self._upload_pool, _admit, upload, scope)
            if self._bodies[person] >= BODIES_AT_ONCE:
                raise RateLimited(1)
        except Refusal:
            with suppress(BodyTooLarge):
                (await read_body(receive, 0, BodyTooLarge)).close()
            raise
        self._bodies[person] += 1
        try:
            return await read_body(receive, upload.max_body, upload.refusal)
        finally:
            self._bodies[person] -= 1
            self._bodies += Counter()  # drops the counts that are zero

    async def _stream(self, response: Any, receive: Receive, send: Send) -> None:
        """Sends until all is sent or the client disconnects."""
        loop = asyncio.get_running_loop()
        sending = loop.create_task(self.send_response(response, send))
        leaving = loop.create_task(_gone(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            sending.cancel()
            leaving.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    def _respond(self, scope: Scope, body: Any) -> Any:
        """The HttpResponse. It is closed unless it streams, which frees its database connection."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        response: Any = refusal if request is None else self.get_response(request)
        response._handler_class = self.__class__  # noqa: SLF001 (as Django's handlers do)
        if not response.streaming:
            response.close()
            body.close()
        return response


async def read_body(
    receive: Receive, most: int, refusal: Callable[[], Refusal]
) -> "SpooledTemporaryFile[bytes]":
    """The whole body, on disk if it is large.

    Raises RequestAborted, or the refusal for a larger one, which is read to its end all the same:
    most clients read no answer before they have sent everything.
    """
    body: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(  # noqa: SIM115 (the caller's)
        max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, dir=settings.FILE_UPLOAD_TEMP_DIR
    )
    size, goes_on, waiting = 0, True, bytearray()
    while goes_on:
        message = await receive()
        if message["type"] == "http.disconnect":
            body.close()
            raise RequestAborted
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            body.close()  # frees the disk
        elif len(waiting) + len(piece) < WRITTEN_AT_ONCE:
            waiting += piece
        else:  # in a thread: a busy disk would delay every socket
            await asyncio.to_thread(body.write, bytes(waiting) + piece)
            waiting.clear()
        goes_on = message.get("more_body", False)
    if size > most:
        raise refusal()
    body.write(waiting)
    body.seek(0)
    return body


def _admit(upload: UploadRoute, scope: Scope) -> Hashable:
    try:
        return upload.admit(scope)
    except (OperationalError, InterfaceError) as error:
        raise Unavailable from error
    finally:
        close_old_connections()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
