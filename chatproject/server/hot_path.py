"""The hot path: what programs and browsers ask most, answered in the event loop, before Django.

A hot call is an operation of the API whose reading (`core.db.readings`) or writing needs no thread.
Its view stays: it describes the contract, and answers all that is not plain. What is not plain
leaves the hot path and goes the ordinary way, unchanged: whoever is not signed in, whatever is
refused, a token or session whose use has to be noted, a database that does not answer. So an answer
here is always a 200, or a 304 of it, and every refusal has one builder. Whatever was written before
a request left is written once more without a second effect.

The headers of an answer are those that Django gave the same kind of request last (`_Headers`): the
first of its kind goes the ordinary way.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import psycopg
from django.conf import settings
from django.core.exceptions import RequestAborted, SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.http import QueryDict, parse_cookie
from django.urls import URLPattern
from django.utils.datastructures import CaseInsensitiveMapping

from chatproject.core import correlation, metrics, traces
from chatproject.core.api.etags import Tagged, etag_of, status_for
from chatproject.core.api.json import dump, parse_object
from chatproject.core.db.async_pool import AsyncPool
from chatproject.core.db.nodes import nodes
from chatproject.core.db.readings import Steps
from chatproject.core.errors import Refusal
from chatproject.server.held_answers import Asked, Held, HeldAnswers, Revalidation
from chatproject.server.request_ids import IS_HOT, PERSON, ROUTE
from chatproject.server.request_threads import (
    Receive,
    Scope,
    Send,
    ThreadedHandler,
    count_answer,
    describe_span,
)

logger = logging.getLogger(__name__)

MAX_BODY = 64 * 1024  # bytes; a larger one is not plain
KINDS_KEPT = 2_000  # of requests, by their headers
MAX_KIND = 1_000  # characters of the headers that tell a kind
OF_BODY = (b"content-length", b"etag")
NO_PARAMETERS = QueryDict()
# What `django.utils.cache.get_conditional_response` looks at.
CONDITIONS = frozenset(
    ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range")
)
JSON_TYPES = (b"application/json", b"application/json; charset=utf-8")


class Answer(NamedTuple):
    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes


class NotPlain(Exception):
    """The request goes the ordinary way."""


class Person(NamedTuple):
    """Who asks, and the language that their settings choose for a browser session."""

    user_id: UUID
    language: str
    sign_in: Any


@dataclass(slots=True)
class HotUser:
    pk: UUID


@dataclass
class HotRequest:
    """What a call is asked, with the names that a view's request has."""

    scope: Scope
    plain_headers: Mapping[str, str]  # by names in lower case
    body: bytes
    user: HotUser = field(default_factory=lambda: HotUser(UUID(int=0)))

    @cached_property
    def query_params(self) -> QueryDict:
        """Raises SuspiciousOperation for more than Django reads."""
        told = self.scope["query_string"]
        return QueryDict(told) if told else NO_PARAMETERS

    @cached_property
    def data(self) -> dict[str, Any]:
        """Raises InvalidInput."""
        return parse_object(self.body)

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """By names in whatever case."""
        return CaseInsensitiveMapping(self.plain_headers)

    @cached_property
    def cookies(self) -> Mapping[str, str]:
        told = self.plain_headers.get("cookie")
        return parse_cookie(told) if told else {}

    def add_header(self, name: str, value: str) -> None:
        """For whoever reads the request from here on, Django too."""
        self.plain_headers = {**self.plain_headers, name.lower(): value}
        self.headers = CaseInsensitiveMapping(self.plain_headers)
        line = (name.lower().encode("latin-1"), value.encode("latin-1"))
        self.scope["headers"] = [*self.scope["headers"], line]

    @property
    def for_django(self) -> ASGIRequest:
        """As Django's own code takes it."""
        return ASGIRequest(self.scope, BytesIO(self.body))


class Credential(Protocol):
    """By what a request says who asks."""

    is_session: bool
    guess: UUID | None  # who it probably is, before the database was asked

    def authenticate(self) -> Steps[Person]:
        """Raises NotPlain or a refusal."""
        ...

    def admit(self, person: Person, call: "HotCall", kwargs: Mapping[str, Any]) -> None:
        """What else holds of the request: scopes, the CSRF token. Raises as `authenticate`."""
        ...


ReadCredential = Callable[[HotRequest], Credential]


@dataclass(frozen=True, slots=True)
class HotCall:
    """One operation. Either `read` gives the steps of its answer, or `write` what carries it out.

    Both take the request, with `user`, and what the path names, and raise the refusal of a bad
    parameter at once. `read` writes nothing. `write` raises before anything was written.
    """

    pattern: URLPattern
    route: str
    method: str
    read: Callable[..., Steps[Any]] | None = None
    write: Callable[..., Awaitable[Any]] | None = None
    has_etag: bool = False
    revalidation: Revalidation | None = None

    @property
    def name(self) -> str:
        return str(self.pattern.name)


class HotPath:
    """An ASGI application for http before `ordinary`, whose turns its requests take too."""

    def __init__(
        self,
        ordinary: ThreadedHandler,
        calls: Callable[[], Sequence[HotCall]],
        credential_of: ReadCredential,
    ) -> None:
        self._ordinary = ordinary
        self._find_calls = calls
        self._credential_of = credential_of
        self._headers = _Headers()
        self._held = HeldAnswers()
        self._pool: AsyncPool | None = None

    @cached_property
    def _calls(self) -> Mapping[str, Sequence[HotCall]]:
        """By method. Found at the first request, when all apps are there."""
        by_method: dict[str, list[HotCall]] = {}
        for call in self._find_calls():
            by_method.setdefault(call.method, []).append(call)
        return by_method

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._find(scope) if settings.HOT_PATH else None
        if found is None:
            await self._ordinary(scope, receive, send)
            return
        call, kwargs = found
        try:
            request = HotRequest(scope, _headers_of(scope), await _plain_body(scope, receive))
        except NotPlain:
            await self._ordinary(scope, receive, send)
            return
        except RequestAborted:
            return
        again = _replay(request.body, receive)
        kind: list[str] = []
        try:
            answer = await self._answer(call, kwargs, request, kind)
        except NotPlain:
            learn = self._headers.learning(send, kind[0]) if kind else send
            await self._ordinary(scope, again, learn)
        else:
            await _send(send, answer)

    def _find(self, scope: Scope) -> tuple[HotCall, dict[str, Any]] | None:
        calls = self._calls.get(scope["method"])
        path: str = scope["path"]
        if calls is None or not path.startswith("/v1/") or scope.get("root_path"):
            return None
        for call in calls:
            match = call.pattern.pattern.match(path[len("/v1/") :])
            if match is not None:
                return call, match[2]
        return None

    async def _answer(
        self, call: HotCall, kwargs: Mapping[str, Any], request: HotRequest, kind: list[str]
    ) -> Answer:
        """`kind` gets the kind of the request once that is known. Raises NotPlain."""
        scope = request.scope
        begun_at = time.monotonic()
        try:
            told = traces.request(scope["method"], scope["headers"], tells_failed=False)
            with told as span:
                async with self._ordinary.turn(scope):
                    answer = await self._carry_out(call, kwargs, request, kind)
                scope[ROUTE] = call.route
                if span is not None:
                    describe_span(span, answer.status, scope)
        except (NotPlain, Refusal, SuspiciousOperation, psycopg.Error):
            raise NotPlain from None
        except Exception as error:
            logger.exception("the hot path has failed, which goes the ordinary way")
            raise NotPlain from error
        scope[IS_HOT], scope[PERSON] = True, correlation.current().person
        count_answer(scope, call.route, answer.status)
        metrics.hot_answers[(call.name,)].count += 1
        metrics.http_seconds[(call.route,)].observe(time.monotonic() - begun_at)
        return answer

    async def _carry_out(
        self, call: HotCall, kwargs: Mapping[str, Any], request: HotRequest, kind: list[str]
    ) -> Answer:
        if "format" in request.query_params:  # which DRF takes for a media type
            raise NotPlain
        credential = self._credential_of(request)
        node = _node(kwargs)
        begun: Any = None
        if call.read is not None:
            if held := await self._still_held(call, kwargs, request, credential, kind, node):
                return held
            read = call.read if not _is_asked_again(call, request) else _noting(call)
            person, value = await self._read(read, kwargs, request, credential, node)
            if read is not call.read:
                begun, value = value
            headers = self._known_headers(call, request, credential, person, kind)
            credential.admit(person, call, kwargs)
        else:
            assert call.write is not None, "a call reads or writes"
            person = await self._connections.read(credential.authenticate)
            headers = self._known_headers(call, request, credential, person, kind)
            request.user.pk = person.user_id
            credential.admit(person, call, kwargs)
            value = await call.write(request, **kwargs)
        if isinstance(value, Tagged):
            return self._tagged(value.etag, lambda: dump(value.value), request, kind)
        body = value if isinstance(value, bytes) else dump(value)
        if not call.has_etag:
            return Answer(200, headers, body)
        etag = etag_of(body)
        if begun is not None and call.revalidation is not None:
            made_of = call.revalidation.finish(begun, value)
            self._held.put(_asked(request), Held(etag, made_of))
        return self._tagged(etag, lambda: body, request, kind)

    async def _still_held(
        self,
        call: HotCall,
        kwargs: Mapping[str, Any],
        request: HotRequest,
        credential: Credential,
        kind: list[str],
        node: int,
    ) -> Answer | None:
        """The 304 to who holds an answer that is known to be the same, which is not made then."""
        guess = credential.guess
        if call.revalidation is None or guess is None or not _is_asked_again(call, request):
            return None
        request.user.pk = guess
        held = self._held.get(_asked(request))
        if held is None or held.made_of is None or not _holds(request, held.etag):
            return None
        stands = call.revalidation.stands
        person, is_same = await self._read_both(
            credential, lambda: stands(held.made_of, request, **kwargs), node
        )
        if not is_same or person.user_id != guess:
            return None
        self._known_headers(call, request, credential, person, kind)
        credential.admit(person, call, kwargs)
        return self._tagged(held.etag, bytes, request, kind)

    def _tagged(
        self, etag: str, encode: Callable[[], bytes], request: HotRequest, kind: list[str]
    ) -> Answer:
        """Raises NotPlain for a kind of request to which no 304 was seen yet."""
        is_conditional = not CONDITIONS.isdisjoint(request.plain_headers)
        status = status_for(request.for_django, etag) if is_conditional else 200
        headers = self._headers.get((kind[0], status))
        if headers is None:
            raise NotPlain
        tag = (b"ETag", etag.encode())
        return Answer(status, [*headers, tag], encode() if status == 200 else b"")

    async def _read(
        self,
        read: Callable[..., Steps[Any]],
        kwargs: Mapping[str, Any],
        request: HotRequest,
        credential: Credential,
        node: int,
    ) -> tuple[Person, Any]:
        """Who asks and the answer, both in the same round trips where it is clear who that is."""
        if credential.guess is not None:
            request.user.pk = guess = credential.guess
            person, value = await self._read_both(credential, lambda: read(request, **kwargs), node)
            if person.user_id == guess:
                return person, value
        person = await self._connections.read(credential.authenticate)
        request.user.pk = person.user_id
        return person, await self._connections.read(lambda: read(request, **kwargs), node=node)

    async def _read_both(
        self, credential: Credential, reading: Callable[[], Steps[Any]], node: int
    ) -> tuple[Person, Any]:
        """Who asks, of whom the coordinator knows, and what is read at the node."""
        return await self._connections.read_both(credential.authenticate, reading, node=node)

    def _known_headers(
        self,
        call: HotCall,
        request: HotRequest,
        credential: Credential,
        person: Person,
        kind: list[str],
    ) -> Sequence[tuple[bytes, bytes]]:
        """Raises NotPlain for a kind of request of which no answer was seen yet."""
        language = person.language if credential.is_session else None
        kind.append(_kind_of(call, request, language))
        known = self._headers.get((kind[0], 200))
        if known is None:
            raise NotPlain
        return known

    async def close(self) -> None:
        """Closes its connections; there is no request any more."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    @property
    def _connections(self) -> AsyncPool:
        if self._pool is None:
            self._pool = AsyncPool()
        return self._pool


def _node(kwargs: Mapping[str, Any]) -> int:
    """Over which node's connection it is read: that of the conversation which the path names."""
    named = kwargs.get("id")
    return nodes.next() if named is None else nodes.of(named)


def _is_asked_again(call: HotCall, request: HotRequest) -> bool:
    return call.revalidation is not None and "if-none-match" in request.plain_headers


def _holds(request: HotRequest, etag: str) -> bool:
    return status_for(request.for_django, etag) == 304


def _asked(request: HotRequest) -> Asked:
    scope = request.scope
    return Asked(request.user.pk, scope["path"], scope["query_string"])


def _noting(call: HotCall) -> Callable[..., Steps[tuple[Any, Any]]]:
    """The call's `read`, with what its answer will be made of beside it."""
    assert call.read is not None
    assert call.revalidation is not None
    read, begin = call.read, call.revalidation.begin

    def steps(request: HotRequest, **kwargs: Any) -> Steps[tuple[Any, Any]]:
        begun = yield from begin(request, **kwargs)
        value = yield from read(request, **kwargs)
        return begun, value

    return steps


class _Headers:
    """The headers of the last answer to each kind of request, without those that tell of its body.

    By the kind of the request and the status of the answer.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int], Sequence[tuple[bytes, bytes]]] = OrderedDict()

    def get(self, kind: tuple[str, int]) -> Sequence[tuple[bytes, bytes]] | None:
        found = self._known.get(kind)
        if found is not None:
            self._known.move_to_end(kind)
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


def _kind_of(call: HotCall, request: HotRequest, language: str | None) -> str:
    """Requests of one kind get the same headers: all that our middleware and DRF look at. Raises
    NotPlain for one whose headers are unusually long."""
    told = request.plain_headers
    kind = "\n".join(
        (
            call.method,
            call.name,
            request.scope.get("scheme", "http"),
            *(told.get(name, "") for name in ("host", "accept", "accept-language")),
            request.cookies.get(settings.LANGUAGE_COOKIE_NAME, ""),
            "-" if language is None else f"language:{language}",
        )
    )
    if len(kind) > MAX_KIND:
        raise NotPlain
    return kind


def _headers_of(scope: Scope) -> Mapping[str, str]:
    """Raises NotPlain where one comes twice, unless it is that of cookies."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name not in found:
            found[name] = value
        elif name == "cookie":
            found[name] += f"; {value}"
        else:
            raise NotPlain
    return found


async def _plain_body(scope: Scope, receive: Receive) -> bytes:
    """The body, empty for a GET. Raises NotPlain before any of it was read, or RequestAborted
    when the client went away."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if scope["method"] == "GET":
        if length != b"0" or b"transfer-encoding" in headers:
            raise NotPlain
        return b""
    if headers.get(b"content-type", b"").lower() not in JSON_TYPES or not length.isdigit():
        raise NotPlain
    if not 0 < int(length) <= min(MAX_BODY, settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
        raise NotPlain
    body = bytearray()
    goes_on = True
    while goes_on:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestAborted
        body += message.get("body", b"")
        goes_on = message.get("more_body", False)
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read once more, then what comes after it."""
    messages: Iterator[dict[str, Any]] = iter(
        [{"type": "http.request", "body": body, "more_body": False}] if body else []
    )

    async def again() -> Any:
        message = next(messages, None)
        return await receive() if message is None else message

    return again


async def _send(send: Send, answer: Answer) -> None:
    status, headers, body = answer
    length = (b"Content-Length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
