"""Authenticates requests by access token or browser session, for REST and for sockets.

Each way ends at a live sign-in, which one query reads together with its person, so a log-out, a
closed account and a new password take effect at the next request.
"""

from typing import NamedTuple
from uuid import UUID

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from accounts.auth.api_tokens import is_api_token, sign_in_of_api_token
from accounts.auth.browser_sessions import session_of_key, sign_in_of_request, sign_in_of_session
from accounts.auth.live_sign_ins import live_sign_in
from accounts.auth.middleware import SCHEME, is_token_request
from accounts.auth.token_rates import take_request
from accounts.auth.tokens import read_access
from accounts.errors import CsrfFailed, InvalidToken, SignedOut
from accounts.models import SignIn, User
from accounts.second_factor.errors import MfaEnrolmentRequired
from accounts.second_factor.factors import must_enrol
from chatproject.core.db.readings import Steps, read
from chatproject.server.request_ids import COUNTED


class Authenticated(NamedTuple):
    """A person and the sign-in in use. Fields that are seldom needed are deferred in both."""

    user: User
    sign_in: SignIn


def authenticate_token(raw: str, *, enrols: bool = False) -> Authenticated:
    """The person and sign-in of an access token or an API token. Synchronous, one query.

    Raises InvalidToken, TokenExpired or SignedOut, all of them Unauthenticated; and, unless the
    caller is how one enrols, MfaEnrolmentRequired.
    """
    if is_api_token(raw):  # made by somebody who was let in; a bot has no second factor
        return _authenticated(sign_in_of_api_token(raw), enrols=True)
    return read(authenticate_access(read_access(raw), enrols=enrols))


def authenticate_access(sign_in_id: UUID, *, enrols: bool = False) -> Steps[Authenticated]:
    """The same for the sign-in that an access token names."""
    return _authenticated((yield from live_sign_in.steps(sign_in_id)), enrols)


def authenticate_session(session_key: str | None) -> Authenticated:
    """The person and sign-in of the key in a session cookie. Synchronous, two queries.

    Raises SignedOut, an Unauthenticated, or MfaEnrolmentRequired. The caller checked the Origin.
    """
    return _authenticated(sign_in_of_session(session_of_key(session_key)), enrols=False)


def _authenticated(sign_in: SignIn | None, enrols: bool) -> Authenticated:
    if sign_in is None:
        raise SignedOut
    if not enrols and must_enrol(sign_in):
        raise MfaEnrolmentRequired
    return Authenticated(sign_in.user, sign_in)


def _enrols(request: Request) -> bool:
    """Whether the view is one by which a second factor is set up, or one leaves."""
    return getattr(request.parser_context.get("view"), "is_for_enrolment", False)


def _was_counted(request: Request) -> bool:
    scope = getattr(request._request, "scope", {})  # noqa: SLF001 (the only way to it)
    return COUNTED in scope


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token or API token>`; `request.auth` is the sign-in.

    A header with a bad token is refused, even beside a good session cookie.
    """

    def authenticate(self, request: Request) -> Authenticated | None:
        if not is_token_request(request):
            return None
        raw = request.META["HTTP_AUTHORIZATION"][len(SCHEME) :].strip()
        if not raw:
            raise InvalidToken
        found = authenticate_token(raw, enrols=_enrols(request))
        if found.sign_in.scopes is not None and not _was_counted(request):
            take_request(found.sign_in.pk)
        return found

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BrowserAuthentication(SessionAuthentication):
    """Django's session cookie; `request.auth` is the sign-in. Needs the CSRF token to write."""

    def authenticate(self, request: Request) -> Authenticated | None:
        if is_token_request(request):
            return None
        sign_in = sign_in_of_request(request._request)  # noqa: SLF001
        if sign_in is None:
            return None
        self.enforce_csrf(request)
        return _authenticated(sign_in, _enrols(request))

    def enforce_csrf(self, request: Request) -> None:
        """Raises CsrfFailed."""
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise CsrfFailed from error
