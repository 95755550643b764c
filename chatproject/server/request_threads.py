"""Django behind ASGI in threads that are kept, one hop a request.

Django's own ASGI handler makes a thread for every request and crosses between threads several
times, which costs more than a small request itself (docs/decisions/0002). All our views are
synchronous, so a request, from the first middleware to the last, runs in one thread of a pool.

A body is read before there is a thread, so that a slow one holds none; more than may be sent is
read and thrown away. What may take long has a few threads of its own, see `Aside`.
"""

import asyncio
import os
import re
import threading
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Hashable,
    Mapping,
    MutableMapping,
    Sequence,
)
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.db import InterfaceError, OperationalError, close_old_connections
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from chatproject.core.api.media_types import BodyTooLarge
from chatproject.core.api.problems import as_refusal, problem_response
from chatproject.core.errors import RateLimited, Refusal, Unavailable
from chatproject.server.concurrency_limit import ConcurrencyLimit
from chatproject.server.fair_share import FairShare

# With those aside and the event loop's own they stay below the size of the database pool.
THREADS = 12
THREADS_ASIDE = 4
WRITTEN_AT_ONCE = 64 * 1024  # bytes of a body, which are held in memory until then
# After this a request is answered with 503; a page of the admin's statistics may take some seconds.
REQUEST_SECONDS = 30.0
# Requests that are carried out at once for one person, of which few come at once: a browser has six
# connections. Behind a proxy with HTTP/2 a page may ask for dozens of pictures, which wait.
RUNNING_EACH = 4
WAITING_EACH = 100
# An address may be that of a whole office, or of a proxy that is not in TRUSTED_PROXIES.
RUNNING_EACH_ADDRESS = 32
WAITING_EACH_ADDRESS = 1000
# Of calls that read a whole inbox, such as `sync`, one at once for each person.
WAITING_HEAVY = 10
# Large bodies of one person that are read at once; a browser has six connections.
BODIES_AT_ONCE = 8

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Aside:
    """A path to which large bodies are posted, by people who are let in before these are read.

    Their requests take long, and so no thread from the others.
    """

    path: str
    max_body: int  # bytes
    refusal: Callable[[], Refusal]  # of a larger one
    admit: Callable[[Scope], Hashable]  # who it is; raises a Refusal; reads the database

    def has(self, scope: Scope) -> bool:
        path: str = scope["path"]
        return scope["method"] == "POST" and path.removesuffix("/") == self.path


@dataclass(frozen=True, slots=True)
class Lane:
    """Requests that compute for long, as hashing a password does, beside and behind all others.

    They have `threads` of their own, with less of the processor (`nice`) than who serves sockets;
    of one address `running` at once, and `waiting` of all. Who comes beyond that is told to come
    again.
    """

    paths: re.Pattern[str]  # of the whole path, without a trailing slash
    methods: frozenset[str]
    threads: int = 1
    nice: int = 10
    running: int = 2
    waiting: int = 16

    def has(self, scope: Scope) -> bool:
        path: str = scope["path"]
        return scope["method"] in self.methods and bool(
            self.paths.fullmatch(path.removesuffix("/"))
        )


class _LaneThreads:
    """The threads of a lane, and who waits for them."""

    def __init__(self, lane: Lane) -> None:
        self.has = lane.has
        self._most = lane.waiting
        self._pool = ThreadPoolExecutor(
            lane.threads, thread_name_prefix="lane", initializer=_be_nice, initargs=(lane.nice,)
        )
        self._shares = FairShare(running=lane.running, waiting=lane.waiting // 2)
        self._count = 0

    async def run(self, address: Hashable, work: Callable[..., Any], *arguments: Any) -> Any:
        """Raises Busy where too many wait, TooManyInFlight where too many of this address do."""
        if self._count >= self._most:
            raise Busy
        self._count += 1
        try:
            async with self._shares.of(address):
                in_thread = asyncio.get_running_loop().run_in_executor
                return await in_thread(self._pool, work, *arguments)
        finally:
            self._count -= 1


@dataclass(frozen=True, slots=True)
class Shares:
    """Who asks, as the application tells it from the headers alone."""

    requester_of: Callable[[Scope], Hashable]
    address_of: Callable[[Scope], Hashable]


class ThreadedHandler(ASGIHandler):
    """An ASGI application for http. A client that goes away does not stop its request, but ends
    the sending of a stream.

    Each requester has a share (`FairShare`), and so has each address, which may be that of many.
    """

    def __init__(
        self,
        shares: Shares,
        aside: Sequence[Aside] = (),
        lane: Lane | None = None,
        one_at_a_time: Collection[str] = (),
    ) -> None:
        super(ASGIHandler, self).__init__()
        self.load_middleware(is_async=False)
        self._shares = shares
        self._by_requester = FairShare(running=RUNNING_EACH, waiting=WAITING_EACH)
        self._by_address = FairShare(running=RUNNING_EACH_ADDRESS, waiting=WAITING_EACH_ADDRESS)
        self._heavy = FairShare(running=1, waiting=WAITING_HEAVY)
        self._one_at_a_time = frozenset(one_at_a_time)
        self._lane = _LaneThreads(lane) if lane else None
        self._aside = aside
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        self._gate = ConcurrencyLimit()
        self._bodies: Counter[Hashable] = Counter()
        self._pool_aside = ThreadPoolExecutor(THREADS_ASIDE, thread_name_prefix="aside")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        aside = next((it for it in self._aside if it.has(scope)), None)
        try:
            body = await self._read(scope, receive, aside)
        except RequestAborted:
            return
        except (Refusal, OSError) as error:
            refusal = as_refusal(error)
            if refusal is None:
                raise
            await self.send_response(_refused(scope, refusal), send)
            return
        pool = self._pool_aside if aside else self._pool
        in_thread = asyncio.get_running_loop().run_in_executor
        try:
            async with self._turn(scope, aside):
                response = await self._carry_out(scope, body, pool, aside)
        except Refusal as refusal:
            await self.send_response(_refused(scope, refusal), send)
            return
        try:
            if response.streaming:
                await self._stream(response, receive, send)
            else:
                await self.send_response(response, send)
        finally:
            if response.streaming:
                await in_thread(pool, response.close)

    @asynccontextmanager
    async def _turn(self, scope: Scope, aside: Aside | None) -> AsyncIterator[None]:
        """The shares of who asks. Raises TooManyInFlight."""
        if aside or not settings.RATE_LIMITS:  # large bodies are counted where they are read
            yield
            return
        requester = self._shares.requester_of(scope)
        async with AsyncExitStack() as held:
            if scope["path"].removesuffix("/") in self._one_at_a_time:
                await held.enter_async_context(self._heavy.of(requester))
            # In this order: who waits for their own turn takes none of the address.
            await held.enter_async_context(self._by_requester.of(requester))
            await held.enter_async_context(self._by_address.of(self._shares.address_of(scope)))
            yield

    async def _carry_out(
        self, scope: Scope, body: Any, pool: ThreadPoolExecutor, aside: Aside | None
    ) -> Any:
        """The response. Raises TooManyInFlight or Busy where the lane is full."""
        in_thread = asyncio.get_running_loop().run_in_executor
        if aside:
            return await in_thread(pool, self._respond, scope, body)
        if self._lane is not None and self._lane.has(scope):
            address = self._shares.address_of(scope)
            return await self._lane.run(address, self._respond, scope, body)
        async with self._gate.passed():
            answering = in_thread(pool, self._respond, scope, body)
            return await _in_time(answering)

    async def _read(
        self, scope: Scope, receive: Receive, aside: Aside | None
    ) -> "SpooledTemporaryFile[bytes]":
        """Raises RequestAborted, and a Refusal after the body came to its end, unkept."""
        if aside is None:
            return await read_body(receive, settings.DATA_UPLOAD_MAX_MEMORY_SIZE, BodyTooLarge)
        loop = asyncio.get_running_loop()
        try:
            person = await loop.run_in_executor(self._pool_aside, _admit, aside, scope)
            if self._bodies[person] >= BODIES_AT_ONCE:
                raise RateLimited(1)
        except Refusal:
            with suppress(BodyTooLarge):
                (await read_body(receive, 0, BodyTooLarge)).close()
            raise
        self._bodies[person] += 1
        try:
            return await read_body(receive, aside.max_body, aside.refusal)
        finally:
            self._bodies[person] -= 1
            self._bodies += Counter()  # forgets who has none

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


async def _in_time(answering: asyncio.Future[Any]) -> Any:
    """The response. Raises Unavailable where there is none after REQUEST_SECONDS.

    The thread goes on, since nothing can stop it: it may wait for a PostgreSQL that is frozen.
    """
    done, _ = await asyncio.wait([answering], timeout=REQUEST_SECONDS)
    if done:
        return answering.result()
    answering.add_done_callback(_close_late)
    raise Unavailable("The database did not answer in time. Try again.")


def _close_late(answering: asyncio.Future[Any]) -> None:
    if not answering.cancelled() and answering.exception() is None:
        answering.result().close()


class Busy(Unavailable):
    """Too many wait for what takes long; the same request may be taken later."""

    code = "busy"
    detail = "Too many people log in at this moment. Try again."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "2"}


def _be_nice(by: int) -> None:
    """Gives the processor to the process' other threads first; Linux counts that by thread."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), by)


def _refused(scope: Scope, refusal: Refusal) -> HttpResponseBase:
    """problem+json for programs, a plain text for who sent a form."""
    if scope["path"].startswith("/v1/"):
        return problem_response(refusal)
    return HttpResponse(
        f"{refusal.title}. {refusal.detail}\n",
        status=refusal.status,
        content_type="text/plain; charset=utf-8",
        headers=refusal.headers,
    )


async def read_body(
    receive: Receive, most: int, refusal: Callable[[], Refusal]
) -> "SpooledTemporaryFile[bytes]":
    """The whole body, on disk where it is larger than 64 KiB.

    Raises RequestAborted, the refusal of a larger one, or the OSError of a disk that cannot take
    it. Both are raised after the body was read to its end: most clients read no answer before they
    have sent everything.
    """
    body: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(  # noqa: SIM115 (the caller's)
        max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, dir=settings.FILE_UPLOAD_TEMP_DIR
    )
    size, goes_on, waiting = 0, True, bytearray()
    failure: Exception | None = None
    while goes_on:
        message = await receive()
        if message["type"] == "http.disconnect":
            body.close()
            raise RequestAborted
        waiting += message.get("body", b"")
        size += len(message.get("body", b""))
        goes_on = message.get("more_body", False)
        if failure is None and size > most:
            failure = refusal()
        if failure is None and (len(waiting) >= WRITTEN_AT_ONCE or not goes_on):
            try:
                await _write(body, bytes(waiting))
            except OSError as error:
                failure = error
        if failure is not None or len(waiting) >= WRITTEN_AT_ONCE:
            waiting.clear()
        if failure is not None:
            body.close()  # frees the disk
    if failure is not None:
        raise failure
    body.seek(0)
    return body


async def _write(body: "SpooledTemporaryFile[bytes]", data: bytes) -> None:
    """A small body stays in memory. A large one goes to a thread, since a busy disk would hold up
    every socket. Raises OSError."""
    if len(data) < WRITTEN_AT_ONCE:
        body.write(data)
    else:
        await asyncio.to_thread(body.write, data)


def _admit(aside: Aside, scope: Scope) -> Hashable:
    try:
        return aside.admit(scope)
    except (OperationalError, InterfaceError) as error:
        raise Unavailable from error
    finally:
        close_old_connections()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
