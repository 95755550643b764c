"""Authenticates WebSockets: by header, ticket, first frame, or browser session and its Origin.

A JWT is never accepted in the URL, since URLs are logged. A program that can set no header, and has
no ticket, sends its token in the first frame.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from http.cookies import CookieError, SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from django.conf import settings

from accounts.auth.api_tokens import is_api_token
from accounts.auth.authentication import authenticate_session, authenticate_token
from accounts.auth.client_address import resolve_address
from accounts.auth.live_sign_ins import live_sign_ins
from accounts.auth.tokens import read_access, redeem_ticket
from accounts.errors import SignedOut
from chatproject.core.errors import Unauthenticated
from chatproject.realtime.batch_loader import BatchLoader
from chatproject.realtime.database_threads import THREADS, in_database_thread


class Identity(NamedTuple):
    """`scopes` and `only_in` are those of an API token; None and empty for who signed in."""

    user_id: UUID
    sign_in_id: UUID
    scopes: frozenset[str] | None = None
    only_in: frozenset[UUID] = frozenset()


def address_of(scope: Mapping[str, Any]) -> str | None:
    """The address of the client that opens the socket."""
    headers = dict(scope["headers"])
    forwarded_for = headers.get(b"x-forwarded-for", b"").decode("latin-1")
    return resolve_address((scope.get("client") or [None])[0], forwarded_for)


class SocketAuthenticator:
    """Authenticates the sockets of one event loop. Its methods raise Unauthenticated."""

    def __init__(self) -> None:
        self._sign_ins = BatchLoader(live_sign_ins)
        # Leaves database threads free for the sockets that are already open.
        self._threads = asyncio.Semaphore(THREADS // 2 - 1)

    def in_handshake(self, scope: Mapping[str, Any]) -> Callable[[], Awaitable[Identity]] | None:
        """A function that identifies the client by the handshake; None if it has no credentials.

        Raises Unauthenticated at once for a browser session from a foreign Origin.
        """
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        scheme, _, token = headers.get(b"authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return partial(self.by_token, token.strip())
        ticket = parse_qs(scope["query_string"].decode("latin-1")).get("ticket")
        if ticket:
            return partial(self._in_thread, by_ticket, ticket[0])
        session_key = session_key_of(headers.get(b"cookie", ""))
        if session_key is None:
            return None
        if not is_own_origin(headers.get(b"origin", ""), headers.get(b"host", ""), scope["scheme"]):
            raise Unauthenticated("A browser session opens sockets from this site's pages only.")
        return partial(self._in_thread, by_session, session_key)

    async def by_token(self, token: str) -> Identity:
        """Identifies the client by a token; access tokens that arrive together share a query."""
        if is_api_token(token):
            return await self._in_thread(by_token, token)
        sign_in_id = read_access(token)
        user_id = await self._sign_ins.get(sign_in_id)
        if user_id is None:
            raise SignedOut
        return Identity(user_id, sign_in_id)

    async def _in_thread(self, identify: Callable[[str], Identity], secret: str) -> Identity:
        async with self._threads:
            return await in_database_thread(identify, secret)


def authenticate_headers(scope: Mapping[str, Any]) -> UUID:
    """The id of the person whose credentials the headers of a request hold.

    Raises Unauthenticated. Used before a large body is read; the request itself is authenticated
    in full afterwards.
    """
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    scheme, _, token = headers.get(b"authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return by_token(token.strip()).user_id
    session_key = session_key_of(headers.get(b"cookie", ""))
    if session_key is None:
        raise Unauthenticated
    return by_session(session_key).user_id


def by_token(token: str) -> Identity:
    user, sign_in = authenticate_token(token)
    return Identity(user.pk, sign_in.pk, sign_in.scopes, sign_in.only_in)


def by_ticket(ticket: str) -> Identity:
    sign_in = redeem_ticket(ticket)
    return Identity(sign_in.user_id, sign_in.pk)


def by_session(session_key: str) -> Identity:
    user, sign_in = authenticate_session(session_key)
    return Identity(user.pk, sign_in.pk)


def is_own_origin(origin: str, host: str, scheme: str) -> bool:
    """Whether scheme, host and port of the Origin are ours."""
    parts = urlsplit(origin)
    if not parts.scheme or not parts.netloc or not _is_allowed(parts.hostname or ""):
        return False
    if settings.PRODUCTION:
        return origin.lower() == _origin_of(settings.PUBLIC_URL)
    own = "https" if scheme in ("wss", "https") else "http"
    return (parts.scheme, parts.netloc.lower()) == (own, host.lower())


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _is_allowed(host: str) -> bool:
    allowed: Iterable[str] = (name.strip("[]").lower() for name in settings.ALLOWED_HOSTS)
    return host.lower() in allowed or "*" in settings.ALLOWED_HOSTS


def session_key_of(cookies: str) -> str | None:
    """The value of the session cookie in a `Cookie` header."""
    try:
        morsel = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    return morsel.value if morsel else None
