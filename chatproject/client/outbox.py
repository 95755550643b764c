"""Unanswered requests over the socket, which are repeated after every lost connection.

Repeating is safe: a message has its `clientId`, and all others set a state. No I/O here.
"""

import json
from asyncio import Future, get_running_loop
from collections.abc import Mapping
from itertools import count
from typing import Any

from .errors import ChatError, Refused

FRAME_BYTES = 128 * 1024  # the server's limit until `hello` names it

# Codes of temporary refusals, after which the request is repeated.
PASSING = frozenset({"unavailable"})

Answer = Mapping[str, Any]


class Request:
    """One frame that waits for its answer."""

    __slots__ = ("answer", "ref", "text")

    def __init__(self, ref: str, text: str) -> None:
        self.ref = ref
        self.text = text
        self.answer: Future[Answer] = get_running_loop().create_future()


class Outbox:
    def __init__(self) -> None:
        self.frame_bytes = FRAME_BYTES
        self._numbers = count(1)
        self._waiting: dict[str, Request] = {}

    def add(self, type: str, fields: Mapping[str, Any]) -> Request:
        """Adds a request; raises ChatError for a frame that is too large."""
        ref = str(next(self._numbers))
        frame = {"type": type, "ref": ref, **fields}
        text = json.dumps(frame, separators=(",", ":"))  # all ASCII, so characters are bytes
        if len(text) > self.frame_bytes:
            raise ChatError("frame_too_large", f"A frame has at most {self.frame_bytes} bytes.")
        request = self._waiting[ref] = Request(ref, text)
        return request

    def forget(self, request: Request) -> None:
        self._waiting.pop(request.ref, None)

    def waiting(self) -> list[Request]:
        """The unanswered requests in the order in which they were made."""
        return list(self._waiting.values())

    def resolve(self, frame: Answer) -> Request | None:
        """Resolves the request of an answer; returns it if it has to be repeated."""
        request = self._waiting.get(str(frame.get("ref")))
        if request is None or request.answer.done():
            return None
        if frame["type"] != "error":
            request.answer.set_result(frame)
        elif frame["code"] in PASSING:
            return request
        else:
            request.answer.set_exception(Refused.from_json(frame))
        return None

    def fail(self, error: ChatError) -> None:
        """Fails all unanswered requests."""
        for request in self.waiting():
            if not request.answer.done():
                request.answer.set_exception(error)
