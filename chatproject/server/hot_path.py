"""The hot path: answers the most frequent requests in the event loop, before Django.

A hot call is an operation of the API whose reading (`core.db.readings`) or writing needs no thread.
Its view stays: it describes the contract, and answers every request that is not plain. Such a
request leaves the hot path unchanged and goes to Django: nobody is signed in, it is refused, the
use of a token or session has to be noted, or the database does not answer. So the hot path answers
only 200, or 304 for it, and refusals are built in one place. What a request had written before it
left is written again without a second effect.

An answer has the headers that Django last gave to the same kind of request (`known_headers`), so
the first request of each kind goes to Django.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.core.exceptions import RequestAborted, SuspiciousOperation

from chatproject.core import correlation, metrics, traces
from chatproject.core.api.etags import Tagged, etag_of, status_for
from chatproject.core.api.json import dump
from chatproject.core.db.async_pool import AsyncPool
from chatproject.core.db.distributed.nodes import nodes
from chatproject.core.db.readings import Steps
from chatproject.core.errors import Refusal
from chatproject.server.held_answers import AnswerKey, Held, HeldAnswers
from chatproject.server.hot_requests import (
    Credential,
    HotCall,
    HotRequest,
    NotPlain,
    Person,
    ReadCredential,
    headers_of,
    plain_body,
    replay,
)
from chatproject.server.known_headers import KnownHeaders, kind_of
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

# What `django.utils.cache.get_conditional_response` looks at.
CONDITIONS = frozenset(
    ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range")
)


class Answer(NamedTuple):
    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes


class HotPath:
    """An ASGI application for HTTP in front of `ordinary`, whose turns its requests take too."""

    def __init__(
        self,
        ordinary: ThreadedHandler,
        calls: Callable[[], Sequence[HotCall]],
        credential_of: ReadCredential,
        do_sends_wait: Callable[[], bool] = lambda: False,
    ) -> None:
        self._ordinary = ordinary
        self._do_sends_wait = do_sends_wait
        self._find_calls = calls
        self._credential_of = credential_of
        self._headers = KnownHeaders()
        self._held = HeldAnswers()
        self._pool: AsyncPool | None = None

    @cached_property
    def _calls(self) -> Mapping[str, Sequence[HotCall]]:
        """The calls by method; found at the first request, when all apps are loaded."""
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
            request = HotRequest(scope, headers_of(scope), await plain_body(scope, receive))
        except NotPlain:
            await self._ordinary(scope, receive, send)
            return
        except RequestAborted:
            return
        again = replay(request.body, receive)
        try:
            answer = await self._answer(call, kwargs, request)
        except NotPlain:
            kind = request.kind
            learn = send if kind is None else self._headers.learning(send, kind)
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
        self, call: HotCall, kwargs: Mapping[str, Any], request: HotRequest
    ) -> Answer:
        """Raises NotPlain."""
        scope = request.scope
        begun_at = time.monotonic()
        try:
            told = traces.request(scope["method"], scope["headers"], tells_failed=False)
            with told as span:
                async with self._ordinary.turn(scope):
                    answer = await self._carry_out(call, kwargs, request)
                scope[ROUTE] = call.route
                if span is not None:
                    describe_span(span, answer.status, scope)
        except (NotPlain, Refusal, SuspiciousOperation, psycopg.Error):
            raise NotPlain from None
        except Exception as error:
            logger.exception("the hot path has failed; Django answers")
            raise NotPlain from error
        scope[IS_HOT], scope[PERSON] = True, correlation.current().person
        count_answer(scope, call.route, answer.status)
        metrics.hot_answers[(call.name,)].count += 1
        metrics.http_seconds[(call.route,)].observe(time.monotonic() - begun_at)
        return answer

    async def _carry_out(
        self, call: HotCall, kwargs: Mapping[str, Any], request: HotRequest
    ) -> Answer:
        if "format" in request.query_params:  # DRF would read it as a media type
            raise NotPlain
        credential = self._credential_of(request)
        node = _node(kwargs)
        begun: Any = None
        if call.read is not None:
            if held := await self._still_held(call, kwargs, request, credential, node):
                return held
            read = call.read if not _is_asked_again(call, request) else _noting(call)
            person, value = await self._read(read, kwargs, request, credential, node)
            if read is not call.read:
                begun, value = value
            headers = self._known_headers(call, request, credential, person)
            credential.admit(person, call, kwargs)
        else:
            assert call.write is not None, "a call reads or writes"
            person = await self._connections.read(credential.authenticate)
            headers = self._known_headers(call, request, credential, person)
            request.user.pk = person.user_id
            credential.admit(person, call, kwargs)
            value = await call.write(request, **kwargs)
        if isinstance(value, Tagged):
            return self._tagged(value.etag, lambda: dump(value.value), request)
        body = value if isinstance(value, bytes) else dump(value)
        if not call.has_etag:
            return Answer(200, headers, body)
        etag = etag_of(body)
        if begun is not None and call.revalidation is not None:
            made_of = call.revalidation.finish(begun, value)
            self._held.put(_answer_key(request), Held(etag, made_of))
        return self._tagged(etag, lambda: body, request)

    async def _still_held(
        self,
        call: HotCall,
        kwargs: Mapping[str, Any],
        request: HotRequest,
        credential: Credential,
        node: int,
    ) -> Answer | None:
        """A 304 for a client whose answer is known to be unchanged, without making it again."""
        guess = credential.guess
        if call.revalidation is None or guess is None or not _is_asked_again(call, request):
            return None
        request.user.pk = guess
        held = self._held.get(_answer_key(request))
        if held is None or held.made_of is None or not _holds(request, held.etag):
            return None
        stands = call.revalidation.stands
        person, is_same = await self._read_both(
            credential, lambda: stands(held.made_of, request, **kwargs), node
        )
        if not is_same or person.user_id != guess:
            return None
        self._known_headers(call, request, credential, person)
        credential.admit(person, call, kwargs)
        return self._tagged(held.etag, bytes, request)

    def _tagged(self, etag: str, encode: Callable[[], bytes], request: HotRequest) -> Answer:
        """Raises NotPlain if no such answer to this kind of request was seen yet."""
        is_conditional = not CONDITIONS.isdisjoint(request.plain_headers)
        status = status_for(request.for_django, etag) if is_conditional else 200
        headers = self._headers.get(request.kind, status)
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
        """The person and the answer: in the same round trips if the credential names the person."""
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
        """The person, from the coordinator, and what is read at the node."""
        return await self._connections.read_both(credential.authenticate, reading, node=node)

    def _known_headers(
        self,
        call: HotCall,
        request: HotRequest,
        credential: Credential,
        person: Person,
    ) -> Sequence[tuple[bytes, bytes]]:
        """Raises NotPlain if no answer to this kind of request was seen yet."""
        language = person.language if credential.is_session else None
        request.kind = kind_of(call, request, language)
        known = self._headers.get(request.kind, 200)
        if known is None:
            raise NotPlain
        return known

    async def close(self) -> None:
        """Closes the connections, after the last request."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    @property
    def _connections(self) -> AsyncPool:
        if self._pool is None:
            self._pool = AsyncPool(do_sends_wait=self._do_sends_wait)
        return self._pool


def _node(kwargs: Mapping[str, Any]) -> int:
    """The node to read from: that of the conversation in the path, if there is one."""
    named = kwargs.get("id")
    return nodes.next() if named is None else nodes.of(named)


def _is_asked_again(call: HotCall, request: HotRequest) -> bool:
    return call.revalidation is not None and "if-none-match" in request.plain_headers


def _holds(request: HotRequest, etag: str) -> bool:
    return status_for(request.for_django, etag) == 304


def _answer_key(request: HotRequest) -> AnswerKey:
    scope = request.scope
    return AnswerKey(request.user.pk, scope["path"], scope["query_string"])


def _noting(call: HotCall) -> Callable[..., Steps[tuple[Any, Any]]]:
    """The call's `read`, preceded by what its answer will be made of."""
    assert call.read is not None
    assert call.revalidation is not None
    read, begin = call.read, call.revalidation.begin

    def steps(request: HotRequest, **kwargs: Any) -> Steps[tuple[Any, Any]]:
        begun = yield from begin(request, **kwargs)
        value = yield from read(request, **kwargs)
        return begun, value

    return steps


async def _send(send: Send, answer: Answer) -> None:
    status, headers, body = answer
    length = (b"Content-Length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
