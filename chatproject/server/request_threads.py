"""Runs Django behind ASGI in a pool of threads, with one thread switch per request.

Django's own ASGI handler makes a thread for every request and crosses between threads several
times, which costs more than a small request itself (docs/decisions/0002). All our views are
synchronous, so a request, from the first middleware to the last, runs in one thread of a pool.

The event loop reads the body first, so that a slow client holds no thread; a body that is too large
is read and thrown away. Uploads have a few threads of their own (`UploadRoute`).
"""

import asyncio
import time
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Hashable,
    Mapping,
    MutableMapping,
    Sequence,
)
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from os import SEEK_END
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

from chatproject.core import correlation, metrics, traces
from chatproject.core.api.media_types import BodyTooLarge
from chatproject.core.api.problems import as_refusal, problem_response
from chatproject.core.db.deadlines import answered_within
from chatproject.core.errors import RateLimited, Refusal, Unavailable
from chatproject.server.concurrency_limit import ConcurrencyLimit
from chatproject.server.fair_share import FairShare
from chatproject.server.request_bodies import read_body
from chatproject.server.request_ids import IDS, PERSON, ROUTE
from chatproject.server.slow_lane import SlowLane

# With the upload threads and the event loop's own they stay below the size of the database pool.
THREADS = 12
UPLOAD_THREADS = 4
# Seconds after which a request is answered with 503; statistics in the admin may take some seconds.
REQUEST_SECONDS = 30.0
# Concurrent requests of one person. More are rare: a browser has six connections. Behind a proxy
# with HTTP/2 a page may request dozens of pictures at once, which wait.
RUNNING_EACH = 4
WAITING_EACH = 100
# Concurrent requests of one address, which may be a whole office, or a proxy that is not in
# TRUSTED_PROXIES. The other threads are left to other addresses.
RUNNING_EACH_ADDRESS = 8
WAITING_EACH_ADDRESS = 1000
# Concurrent calls of one person that read a whole inbox, such as `sync`.
WAITING_HEAVY = 10
# Large bodies of one person that are read concurrently; a browser has six connections.
BODIES_AT_ONCE = 8

# The route in metrics of requests that matched none, or were refused before.
NO_ROUTE, REFUSED_ROUTE = "(none)", "(refused)"
METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"))

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


@dataclass(frozen=True, slots=True)
class Shares:
    """How the application tells from the headers who sends a request, and from where."""

    requester_of: Callable[[Scope], Hashable]
    address_of: Callable[[Scope], Hashable]


class ThreadedHandler(ASGIHandler):
    """An ASGI application for http. A client that disconnects ends the sending of a stream, but
    does not stop its request.

    Each requester has a share (`FairShare`), and so has each address, which many may share. Of the
    paths `one_at_a_time` few calls of a requester wait for a place in the share given, which others
    than requests may use too.
    """

    def __init__(
        self,
        shares: Shares,
        upload: Sequence[UploadRoute] = (),
        lane: SlowLane | None = None,
        one_at_a_time: Mapping[str, FairShare] | None = None,
    ) -> None:
        super(ASGIHandler, self).__init__()
        self.load_middleware(is_async=False)
        self._shares = shares
        self._by_requester = FairShare(running=RUNNING_EACH, waiting=WAITING_EACH)
        self._by_address = FairShare(running=RUNNING_EACH_ADDRESS, waiting=WAITING_EACH_ADDRESS)
        self._heavy = FairShare(running=1, waiting=WAITING_HEAVY)
        self._one_at_a_time = one_at_a_time or {}
        self._lane = lane
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
        except (Refusal, OSError) as error:
            refusal = as_refusal(error)
            if refusal is None:
                raise
            await self.send_response(_refused(scope, refusal), send)
            count_answer(scope, REFUSED_ROUTE, refusal.status)
            return
        _tell_length(scope, body)
        begun_at = time.monotonic()
        pool = self._upload_pool if upload else self._pool
        in_thread = asyncio.get_running_loop().run_in_executor
        try:
            async with self.turn(scope, upload):
                response = await self._carry_out(scope, body, pool, upload)
        except Refusal as refusal:
            await self.send_response(_refused(scope, refusal), send)
            count_answer(scope, REFUSED_ROUTE, refusal.status)
            return
        count_answer(scope, response.route, response.status_code)
        metrics.http_seconds[(response.route,)].observe(time.monotonic() - begun_at)
        try:
            if response.streaming:
                await self._stream(response, receive, send)
            else:
                await self.send_response(response, send)
        finally:
            if response.streaming:
                await in_thread(pool, response.close)

    @asynccontextmanager
    async def turn(self, scope: Scope, upload: UploadRoute | None = None) -> AsyncIterator[None]:
        """Holds a place of the requester and one of the address. Raises TooManyInFlight."""
        if upload or not settings.RATE_LIMITS:  # large bodies are counted where they are read
            yield
            return
        requester = self._shares.requester_of(scope)
        async with AsyncExitStack() as held:
            share = self._one_at_a_time.get(scope["path"].removesuffix("/"))
            if share is not None:
                await held.enter_async_context(self._heavy.of(requester))
                await held.enter_async_context(share.of(requester))
            # In this order: who waits for their own turn takes none of the address.
            await held.enter_async_context(self._by_requester.of(requester))
            await held.enter_async_context(self._by_address.of(self._shares.address_of(scope)))
            yield

    async def _carry_out(
        self, scope: Scope, body: Any, pool: ThreadPoolExecutor, upload: UploadRoute | None
    ) -> Any:
        """The response. Raises TooManyInFlight or Busy where the lane is full."""
        in_thread = asyncio.get_running_loop().run_in_executor
        if upload:
            return await in_thread(pool, self._respond, scope, body)
        if self._lane is not None and settings.RATE_LIMITS and self._lane.has(scope):
            address = self._shares.address_of(scope)
            return await self._lane.run(address, self._respond, scope, body)
        async with self._concurrency_limit.passed():
            answering = in_thread(pool, self._respond, scope, body)
            return await _in_time(answering)

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
        correlation.enter(scope.get(IDS, correlation.NOTHING))
        with (
            traces.request(scope["method"], scope["headers"]) as span,
            answered_within(settings.STATEMENT_SECONDS),
        ):
            response = self._respond_in_time(scope, body)
            if span is not None:
                describe_span(span, response.status_code, scope)
            return response

    def _respond_in_time(self, scope: Scope, body: Any) -> Any:
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        response: Any = refusal if request is None else self.get_response(request)
        response.route = scope[ROUTE] = _route_of(request)
        scope[PERSON] = correlation.current().person
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


def _route_of(request: Any) -> str:
    """The pattern that the path met, such as `v1/conversations/<uuid:id>`."""
    match = getattr(request, "resolver_match", None)
    return match.route or "/" if match else NO_ROUTE


def describe_span(span: Any, status: int, scope: Scope) -> None:
    """By route and not by path, in which there may be anything."""
    span.update_name(f"{scope['method']} {scope[ROUTE]}")
    span.set_attribute("http.route", scope[ROUTE])
    span.set_attribute("http.request.method", scope["method"])
    span.set_attribute("http.response.status_code", status)
    if request_id := correlation.current().request:
        span.set_attribute("chat.request_id", request_id)


def count_answer(scope: Scope, route: str, status: int) -> None:
    method = scope["method"] if scope["method"] in METHODS else "other"
    metrics.http_requests[route, method, str(status)].count += 1


def _refused(scope: Scope, refusal: Refusal) -> HttpResponseBase:
    """problem+json for the API, plain text for a page."""
    if scope["path"].startswith("/v1/"):
        return problem_response(refusal)
    return HttpResponse(
        f"{refusal.title}. {refusal.detail}\n",
        status=refusal.status,
        content_type="text/plain; charset=utf-8",
        headers=refusal.headers,
    )


def _tell_length(scope: Scope, body: "SpooledTemporaryFile[bytes]") -> None:
    """Of a body that came in chunks: without Content-Length, Django and DRF take it for empty."""
    if any(name == b"transfer-encoding" for name, _ in scope["headers"]):
        size = body.seek(0, SEEK_END)
        body.seek(0)
        scope["headers"] = [*scope["headers"], (b"content-length", b"%d" % size)]


def _admit(upload: UploadRoute, scope: Scope) -> Hashable:
    correlation.enter(scope.get(IDS, correlation.NOTHING))
    try:
        with answered_within(settings.STATEMENT_SECONDS):
            return upload.admit(scope)
    except (OperationalError, InterfaceError) as error:
        raise Unavailable from error
    finally:
        close_old_connections()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
