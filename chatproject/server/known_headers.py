"""Remembers the headers that Django gave to a kind of request, for the hot path's answers."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from chatproject.server.hot_requests import HotCall, HotRequest, NotPlain
from chatproject.server.request_threads import Send

KINDS_KEPT = 2_000  # of requests, by their headers
MAX_KIND = 1_000  # characters of the headers that tell a kind
OF_BODY = (b"content-length", b"etag")
# In place of a header that is not there, which says something else than an empty one (`Accept`).
ABSENT = "\0"


class KnownHeaders:
    """The headers of the last answer to each kind of request, without those that tell of its body.

    By the kind of the request and the status of the answer.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int], Sequence[tuple[bytes, bytes]]] = OrderedDict()

    def get(self, kind: str | None, status: int) -> Sequence[tuple[bytes, bytes]] | None:
        if kind is None:
            return None
        found = self._known.get((kind, status))
        if found is not None:
            self._known.move_to_end((kind, status))
        return found

    def learning(self, send: Send, kind: str) -> Send:
        """`send` that keeps the headers of a 200 or 304, unless it sets a cookie."""

        async def learn(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 304):
                self._keep((kind, message["status"]), message["headers"])
            await send(message)

        return learn

    def _keep(self, kind: tuple[str, int], headers: Sequence[tuple[bytes, bytes]]) -> None:
        names = {name.lower() for name, _ in headers}
        if b"set-cookie" in names:
            return
        self._known[kind] = [it for it in headers if it[0].lower() not in OF_BODY]
        while len(self._known) > KINDS_KEPT:
            self._known.popitem(last=False)


def kind_of(call: HotCall, request: HotRequest, language: str | None) -> str:
    """Requests of one kind get the same headers: all that our middleware and DRF look at. Raises
    NotPlain for one whose headers are unusually long."""
    told = request.plain_headers
    kind = "\n".join(
        (
            call.method,
            call.name,
            request.scope.get("scheme", "http"),
            *(told.get(name, ABSENT) for name in ("host", "accept", "accept-language")),
            request.cookies.get(settings.LANGUAGE_COOKIE_NAME, ""),
            "-" if language is None else f"language:{language}",
        )
    )
    if len(kind) > MAX_KIND:
        raise NotPlain
    return kind
