"""Gives each request and socket its id: the one that a client or proxy sends as `X-Request-ID`, if
it is sane, or a new one. The answer has it too.

With `serve --access-log` each request is a line, told by route and not by path: a path may have
anything in it, a query what somebody searches for.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import structlog
from django.conf import settings

from chatproject.core import correlation
from chatproject.core.correlation import HEADER, Ids

# Where the ids are kept in a scope, for who works in a thread; and what is found out there.
IDS, ROUTE, PERSON = "chat.ids", "chat.route", "chat.person"
# Marks of the hot path: the request was counted for its token; the answer came from there.
COUNTED, IS_HOT = "chat.counted", "chat.is_hot"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = structlog.get_logger("chatproject.requests")


class RequestIds:
    """Around the whole application."""

    tells = False  # whether each request is logged

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            # `send` stays what it is: sockets look for uvicorn's connection behind it.
            correlation.enter(Ids(socket=_id_of(scope)))
            await self._application(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        ids = Ids(request=_id_of(scope))
        scope[IDS] = ids
        correlation.enter(ids)
        begun_at = time.monotonic()
        status = 0

        async def send_with_id(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (HEADER, ids.request.encode())]
                if settings.SERVER_TIMING:
                    message["headers"].append(_timing(scope, time.monotonic() - begun_at))
            await send(message)

        try:
            await self._application(scope, receive, send_with_id)
        finally:
            if self.tells:
                _tell(scope, status, time.monotonic() - begun_at)


def _timing(scope: Scope, seconds: float) -> tuple[bytes, bytes]:
    """As the tools of browsers show it: milliseconds up to the answer's first byte."""
    path = ';desc="hot path"' if IS_HOT in scope else ""
    return b"server-timing", f"total;dur={seconds * 1000:.1f}{path}".encode()


def _tell(scope: Mapping[str, Any], status: int, seconds: float) -> None:
    if person := scope.get(PERSON):
        correlation.of_person(person)
    _log.info(
        "answered" if status else "not answered",
        method=scope["method"],
        route=scope.get(ROUTE) or _file_of(scope["path"]),
        status=status,
        milliseconds=round(seconds * 1000, 1),
    )


def _file_of(path: str) -> str:
    """Of what is not Django's: the first folder, which is ours."""
    first = "/" + path.lstrip("/").partition("/")[0]
    return first if first in ("/static", "/healthz", "/readyz", "/metrics") else "(none)"


def _id_of(scope: Mapping[str, Any]) -> str:
    for name, value in scope["headers"]:
        if name.lower() == HEADER:
            return correlation.given_or_new(value.decode("latin-1"))
    return correlation.given_or_new("")
