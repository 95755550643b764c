"""Requests on the hot path (`hot_path`), the calls that answer them, and their credentials."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qsl
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIRequest
from django.http import parse_cookie
from django.urls import URLPattern
from django.utils.datastructures import CaseInsensitiveMapping

from chatproject.core.api.json import parse_object
from chatproject.core.db.readings import Steps
from chatproject.server.held_answers import Revalidation
from chatproject.server.request_threads import Receive, Scope

MAX_BODY = 64 * 1024  # bytes; a larger one is not plain
JSON_TYPES = (b"application/json", b"application/json; charset=utf-8")


class NotPlain(Exception):
    """The request leaves the hot path; Django answers it."""


class Person(NamedTuple):
    """The person who asks, and the language of their settings, for a browser session."""

    user_id: UUID
    language: str
    sign_in: Any


@dataclass(slots=True)
class HotUser:
    pk: UUID


@dataclass
class HotRequest:
    """A request on the hot path, with the attribute names of DRF's."""

    scope: Scope
    plain_headers: Mapping[str, str]  # by names in lower case
    body: bytes
    user: HotUser = field(default_factory=lambda: HotUser(UUID(int=0)))
    kind: str | None = None  # by which its answer's headers are known; None until it is clear

    @cached_property
    def query_params(self) -> Mapping[str, str]:
        """The last value of each. Raises NotPlain if Django would read the query differently."""
        told: bytes = self.scope["query_string"]
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        try:
            return dict(parse_qsl(told.decode(), keep_blank_values=True, max_num_fields=most))
        except ValueError:
            raise NotPlain from None

    @cached_property
    def data(self) -> dict[str, Any]:
        """Raises InvalidInput."""
        return parse_object(self.body)

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """Headers by case-insensitive names."""
        return CaseInsensitiveMapping(self.plain_headers)

    @cached_property
    def cookies(self) -> Mapping[str, str]:
        told = self.plain_headers.get("cookie")
        return parse_cookie(told) if told else {}

    def add_header(self, name: str, value: str) -> None:
        """Adds a header for later readers of the request, including Django."""
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


# -- reading a request


def headers_of(scope: Scope) -> Mapping[str, str]:
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


async def plain_body(scope: Scope, receive: Receive) -> bytes:
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


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read once more, then what comes after it."""
    messages: Iterator[dict[str, Any]] = iter(
        [{"type": "http.request", "body": body, "more_body": False}] if body else []
    )

    async def again() -> Any:
        message = next(messages, None)
        return await receive() if message is None else message

    return again
