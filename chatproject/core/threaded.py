"""Django behind ASGI in threads that are kept, one hop a request.

Django's own ASGI handler makes a thread for every request and crosses between threads several
times, which costs more than a small request itself (docs/decisions/0002). All our views are
synchronous, so a request, from the first middleware to the last, runs in one thread of a pool.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.urls import set_script_prefix

# With the event loop's own they stay below the size of the database pool.
THREADS = 12
AT_ONCE = 1
QUICK = 0.02  # seconds

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Gate:
    """Lets AT_ONCE requests run beside each other, of which those older than QUICK do not count.

    Threads that compute share one interpreter with the event loop and the writer: with more of
    them each acknowledgement waits longer, and no answer comes sooner. A request that takes long
    waits for something else (a lock, a hash, an upload), so that others may run meanwhile.
    """

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        await self._free.acquire()
        release = _Once(self._free.release)
        timer = asyncio.get_running_loop().call_later(QUICK, release)
        try:
            yield
        finally:
            timer.cancel()
            release()


class _Once:
    """Calls the function at the first call only."""

    def __init__(self, function: Callable[[], object]) -> None:
        self._function: Callable[[], object] | None = function

    def __call__(self) -> None:
        function, self._function = self._function, None
        if function is not None:
            function()


class ThreadedHandler(ASGIHandler):
    """An ASGI application for http. A client that goes away does not stop its request."""

    def __init__(self) -> None:
        super(ASGIHandler, self).__init__()
        self.load_middleware(is_async=False)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        self._gate = Gate()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        in_thread = asyncio.get_running_loop().run_in_executor
        async with self._gate.passed():
            response = await in_thread(self._pool, self._respond, scope, body)
        try:
            await self.send_response(response, send)
        finally:
            if response.streaming:
                await in_thread(self._pool, response.close)

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
