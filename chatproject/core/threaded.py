"""Django behind ASGI in threads that are kept, one hop a request.

Django's own ASGI handler makes a thread for every request and crosses between threads several
times, which costs more than a small request itself (docs/decisions/0002). All our views are
synchronous, so a request, from the first middleware to the last, runs in one thread of a pool.

A body is read before there is a thread, so that a slow one holds none; more than may be sent is
read and thrown away. What may take long has a few threads of its own, see `Aside`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.urls import set_script_prefix

from chatproject.core.api.parsers import BodyTooLarge
from chatproject.core.api.problems import problem_response
from chatproject.core.errors import Refusal
from chatproject.core.gate import Gate

# With those aside and the event loop's own they stay below the size of the database pool.
THREADS = 12
THREADS_ASIDE = 4

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Aside:
    """Paths whose requests may be large and slow, and so take no thread from the others."""

    prefix: str
    max_body: int  # bytes
    refusal: Callable[[], Refusal]  # of a larger one


class TooLarge(Exception):
    """The body was read to its end, and was more than may be."""


class ThreadedHandler(ASGIHandler):
    """An ASGI application for http. A client that goes away does not stop its request, but ends
    the sending of a stream."""

    def __init__(self, aside: Sequence[Aside] = ()) -> None:
        super(ASGIHandler, self).__init__()
        self.load_middleware(is_async=False)
        self._aside = aside
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        self._gate = Gate()
        self._pool_aside = ThreadPoolExecutor(THREADS_ASIDE, thread_name_prefix="aside")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        aside = next((it for it in self._aside if scope["path"].startswith(it.prefix)), None)
        try:
            body = await read_body(receive, _most(aside))
        except RequestAborted:
            return
        except TooLarge:
            refusal = aside.refusal() if aside else BodyTooLarge()
            await self.send_response(problem_response(refusal), send)
            return
        pool = self._pool_aside if aside else self._pool
        in_thread = asyncio.get_running_loop().run_in_executor
        async with nullcontext() if aside else self._gate.passed():
            response = await in_thread(pool, self._respond, scope, body)
        try:
            if response.streaming:
                await self._stream(response, receive, send)
            else:
                await self.send_response(response, send)
        finally:
            if response.streaming:
                await in_thread(pool, response.close)

    async def _stream(self, response: Any, receive: Receive, send: Send) -> None:
        """Sends until all is sent or the client has gone."""
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
        """The HttpResponse, closed already unless it streams: so its connection is free at once."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        response: Any = refusal if request is None else self.get_response(request)
        response._handler_class = self.__class__  # noqa: SLF001 (as Django's handlers do)
        if not response.streaming:
            response.close()
            body.close()
        return response


async def read_body(receive: Receive, most: int) -> "SpooledTemporaryFile[bytes]":
    """The whole body, on the disk where it is large. Raises RequestAborted and TooLarge."""
    body: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(  # noqa: SIM115 (the caller's)
        max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, dir=settings.FILE_UPLOAD_TEMP_DIR
    )
    size, goes_on = 0, True
    while goes_on:
        message = await receive()
        if message["type"] == "http.disconnect":
            body.close()
            raise RequestAborted
        piece = message.get("body", b"")
        size += len(piece)
        if size <= most:
            body.write(piece)
        elif not body.closed:
            body.close()  # frees the disk
        goes_on = message.get("more_body", False)
    if size > most:
        raise TooLarge
    body.seek(0)
    return body


def _most(aside: Aside | None) -> int:
    return aside.max_body if aside else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
