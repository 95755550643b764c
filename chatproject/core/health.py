"""`/healthz` says that the process lives, `/readyz` that everything it needs answers.

They are answered before any other middleware, so that a probe needs no known Host and no https.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils.decorators import sync_and_async_middleware

from chatproject.core.realtime import bus
from chatproject.core.stores import store

SECONDS = 2


async def alive() -> JsonResponse:
    return _answer({"status": "ok"}, 200)


async def ready() -> JsonResponse:
    """200 when all parts answer within 2 s, else 503; the body names each part."""
    states = dict(zip(PARTS, await asyncio.gather(*map(_state, PARTS.values())), strict=True))
    good = all(state == "ok" for state in states.values())
    return _answer({"status": "ok" if good else "failed", **states}, 200 if good else 503)


async def _state(check: Callable[[], Awaitable[None]]) -> str:
    try:
        await asyncio.wait_for(check(), SECONDS)
    except Exception:  # noqa: BLE001 (whatever went wrong, the part does not answer)
        return "failed"
    return "ok"


@sync_to_async(thread_sensitive=False)
def check_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


async def check_bus() -> None:
    await bus.get_bus().ping()


@sync_to_async(thread_sensitive=False)
def check_storage() -> None:
    """Raises OSError or the store's own error."""
    store().ping()


PARTS: dict[str, Callable[[], Awaitable[None]]] = {
    "database": check_database,
    "bus": check_bus,
    "storage": check_storage,
}
PATHS = {"/healthz": alive, "/healthz/": alive, "/readyz": ready, "/readyz/": ready}


@sync_and_async_middleware
def health_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    if iscoroutinefunction(get_response):

        async def answer(request: HttpRequest) -> Any:
            check = PATHS.get(request.path_info)
            return await check() if check else await get_response(request)

    else:

        def answer(request: HttpRequest) -> Any:  # type: ignore[misc]
            check = PATHS.get(request.path_info)
            return async_to_sync(check)() if check else get_response(request)

    return answer


def _answer(body: dict[str, str], status: int) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
