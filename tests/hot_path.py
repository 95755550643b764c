"""Asks the hot path what a test asks a view, on the test's own connection, and compares.

`both_paths` (tests/conftest.py) has the clients of `tests.cast.api` do so in a suite: an answer of
200 has to come from the hot path too, with the same bytes; whatever is refused must not.
"""

import io
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import orjson
from django.db import transaction

from accounts.auth.client_address import Client
from accounts.auth.hot_credentials import credential_of
from accounts.auth.sign_ins import start_token_sign_in
from accounts.models import User
from chatproject.core.db.readings import Steps, read, together
from chatproject.core.errors import Refusal
from chatproject.server.hot_path import HotPath
from chatproject.server.request_ids import IS_HOT
from messaging.actions.receipts import Advance, mark_all
from messaging.api.hot_calls import hot_calls
from messaging.sending.drafts import Draft
from messaging.sending.results import SendResult
from messaging.sending.send import send_messages

Scope = dict[str, Any]

# Of a message that is sent a second time, after the first time was undone.
VARYING = re.compile(rb'"(?:id|clientId|createdAt|lastReplyAt)":"[^"]*"')


class Ordinary:
    """In place of Django: it notes that it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        self.asked += 1

    @asynccontextmanager
    async def turn(self, scope: Scope) -> AsyncIterator[None]:
        yield


class OnThisConnection:
    """In place of a pool: the connection of the test, with all that it has not committed."""

    async def read(self, steps_of: Callable[[], Steps[Any]], *, node: int = 0) -> Any:
        return read(steps_of())

    async def read_both(
        self, one_of: Callable[[], Steps[Any]], other_of: Callable[[], Steps[Any]], *, node: int
    ) -> Any:
        return read(together(one_of(), other_of()))


class Writer:
    """In place of the sockets' writer, which would not see what the test has not committed."""

    async def send(self, draft: Draft, *, via: str) -> SendResult:
        (result,) = send_messages([draft])
        return result


class Receipts:
    async def move(self, advance: Advance) -> dict[str, Any]:
        (answer,) = mark_all([advance])
        if isinstance(answer, Refusal):
            raise answer
        return answer


class Runtime:
    writer, receipts = Writer(), Receipts()


async def runtime() -> Any:
    return Runtime()


class Comparison:
    """Of one test."""

    def __init__(self) -> None:
        self.ordinary = Ordinary()
        self.hot_path: Any = HotPath(self.ordinary, hot_calls, credential_of)  # type: ignore[arg-type]
        self.hot_path._pool = OnThisConnection()
        self.hot_path._headers.get = lambda kind, status: [(b"Content-Type", b"application/json")]
        self.compared = 0
        self._tokens: dict[UUID, str] = {}

    def is_hot(self, environ: Mapping[str, Any]) -> bool:
        query = environ.get("QUERY_STRING", "")
        is_another = "kind=" in query or ("q=" in query and "participants" not in query)
        scope = {"method": environ["REQUEST_METHOD"], "path": unquote(environ["PATH_INFO"])}
        return not is_another and self.hot_path._find(scope) is not None

    def before(self, user: User | None, environ: Mapping[str, Any], body: bytes) -> bytes | None:
        """What the hot path answers, of which nothing stays; None when it leaves it to Django."""
        scope = self._scope(user, environ, body)
        with transaction.atomic():
            answer = _without_waiting(self._ask(scope, body))
            transaction.set_rollback(True)
        return answer if IS_HOT in scope else None

    def after(self, hot: bytes | None, environ: Mapping[str, Any], response: Any) -> None:
        place = environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING")
        if response.status_code != 200:
            assert hot is None, (*place, response.content)
            return
        assert hot is not None, place
        if environ["REQUEST_METHOD"] == "GET":
            assert hot == response.content, place
        else:
            assert _without_varying(hot) == _without_varying(response.content), place
        self.compared += 1

    async def _ask(self, scope: Scope, body: bytes) -> bytes:
        sent: list[Mapping[str, Any]] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        await self.hot_path(scope, receive, send)
        return b"".join(message.get("body", b"") for message in sent)

    def _scope(self, user: User | None, environ: Mapping[str, Any], body: bytes) -> Scope:
        headers = [
            (name[5:].replace("_", "-").lower().encode(), str(value).encode("latin-1"))
            for name, value in environ.items()
            if name.startswith("HTTP_")
        ]
        headers.append((b"host", b"testserver"))
        if body:
            headers.append((b"content-type", environ["CONTENT_TYPE"].encode()))
            headers.append((b"content-length", str(len(body)).encode()))
        if user is not None:
            headers.append((b"authorization", f"Bearer {self._token(user)}".encode()))
        return {
            "type": "http",
            "method": environ["REQUEST_METHOD"],
            "path": unquote(environ["PATH_INFO"]),
            "query_string": environ.get("QUERY_STRING", "").encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "scheme": "http",
        }

    def _token(self, user: User) -> str:
        if user.pk not in self._tokens:
            signed_in = start_token_sign_in(user=user, client=Client(), has_passed_factor=True)
            self._tokens[user.pk] = signed_in.access
        return self._tokens[user.pk]


def _without_waiting(coroutine: Coroutine[Any, Any, bytes]) -> bytes:
    """Its result, without an event loop, in which the connection would be another one."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        answer: bytes = done.value
        return answer
    raise AssertionError("it waits for something")


def body_of(environ: dict[str, Any]) -> bytes:
    """The body of a request of Django's test client, which can be read once more afterwards."""
    payload = environ.get("wsgi.input")
    body: bytes = payload.read() if payload is not None else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _without_varying(answer: bytes) -> Any:
    return orjson.loads(VARYING.sub(b'"varies":0', answer))
