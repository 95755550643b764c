"""`/healthz` says that the process lives, `/readyz` that everything it needs answers.

They are answered in the event loop, before Django, so that a probe needs no known Host, no https
and no thread: a process whose request threads are all busy is alive.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from chatproject.core.api.json import dump
from chatproject.core.db.deadlines import answered_within
from chatproject.core.storage import file_storage
from chatproject.realtime import bus
from chatproject.server import doctor_probe

SECONDS = 2

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Answer = tuple[int, Mapping[str, Any]]

_threads = ThreadPoolExecutor(2, thread_name_prefix="probe")


class HealthProbes:
    """Answers the two paths, and passes everything else to the application."""

    def __init__(self, application: Application, *, begin: Callable[[], Awaitable[object]]) -> None:
        """`begin` starts what `/readyz` looks at, where the server has not: under `runserver`."""
        self._application = application
        self._begin = begin
        self._asking: asyncio.Task[Answer] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if path in ("/healthz", "/healthz/"):
            seen = doctor_probe.seen(scope)
            await _send(send, (200, {"status": "ok", **({"seen": seen} if seen else {})}))
        elif path == "/readyz":  # and in no other way: proxies keep just this from the outside
            await self._begin()
            await _send(send, await self._ready())
        else:
            await self._application(scope, receive, send)

    async def _ready(self) -> Answer:
        """Whoever asks while the parts are being asked gets the same answer: anybody may ask, as
        often as they like."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(ready())
        return await asyncio.shield(self._asking)


async def ready() -> Answer:
    """200 when all parts answer within 2 s, else 503; the body names each part.

    A bus that does not reach other processes is named `away`, and the process is ready all the
    same: it stores and tells its own, and taking every machine out at once would help nobody.
    """
    states = dict(zip(PARTS, await asyncio.gather(*map(_state, PARTS.values())), strict=True))
    good = "failed" not in states.values()
    return 200 if good else 503, {"status": "ok" if good else "failed", **states}


async def _state(check: Callable[[], Awaitable[None]]) -> str:
    try:
        await asyncio.wait_for(check(), SECONDS)
    except bus.BusAway:
        return "away"
    except Exception:  # noqa: BLE001 (whatever went wrong, the part does not answer)
        return "failed"
    return "ok"


async def check_database() -> None:
    await asyncio.get_running_loop().run_in_executor(_threads, _ask_database)


def _ask_database() -> None:
    try:
        with answered_within(SECONDS), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


async def check_bus() -> None:
    await bus.get_bus().ping()


async def check_storage() -> None:
    """Raises OSError or the store's own error."""
    await asyncio.get_running_loop().run_in_executor(_threads, file_storage().ping)


PARTS: dict[str, Callable[[], Awaitable[None]]] = {
    "database": check_database,
    "bus": check_bus,
    "storage": check_storage,
}


async def _send(send: Send, answer: Answer) -> None:
    status, body = answer
    content = dump(body)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
