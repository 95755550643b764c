"""Django's session, CSRF, authentication and messages middleware, skipped for token requests.

A program's request with a Bearer token is authenticated by the token alone: it gets no session, no
user from a cookie, no messages, and needs no CSRF token, since no other site can set that header.
"""

from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware import csrf
from django.utils.functional import SimpleLazyObject

from accounts.auth.browser_sessions import has_logged_out, session_of_key, sign_in_of_request
from accounts.models import User

# Slack's Web API and webhooks authenticate each request by a token too.
API = ("/v1/", "/api/", "/hooks/")
SCHEME = "bearer "


def is_token_request(request: HttpRequest) -> bool:
    header = request.META.get("HTTP_AUTHORIZATION", "")
    return header[: len(SCHEME)].lower() == SCHEME and request.path_info.startswith(API)


class _SkippedForTokens:
    """Skips the middleware that follows it among the base classes."""

    def __call__(self, request: HttpRequest) -> Any:
        if is_token_request(request):
            return self.get_response(request)  # type: ignore[attr-defined]
        return super().__call__(request)  # type: ignore[misc]


class SessionMiddleware(_SkippedForTokens, sessions.SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        request.session = session_of_key(request.COOKIES.get(settings.SESSION_COOKIE_NAME))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """A log-out takes the pages, drafts and unsent messages that the browser keeps with it."""
        if has_logged_out(request):
            response["Clear-Site-Data"] = '"cache", "storage"'
        return super().process_response(request, response)


class CsrfViewMiddleware(_SkippedForTokens, csrf.CsrfViewMiddleware):
    def process_view(  # type: ignore[override]
        self, request: HttpRequest, *args: Any
    ) -> HttpResponseBase | None:
        # Django would look for what `process_request` sets, which was skipped.
        return None if is_token_request(request) else super().process_view(request, *args)


class AuthenticationMiddleware(_SkippedForTokens, auth.AuthenticationMiddleware):
    """Sets `request.user` from the session's sign-in: two queries at its first use."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: _user_of(request))  # type: ignore[assignment]
        request.auser = sync_to_async(lambda: _user_of(request))


class MessageMiddleware(_SkippedForTokens, messages.MessageMiddleware):
    pass


def _user_of(request: HttpRequest) -> User | AnonymousUser:
    sign_in = sign_in_of_request(request)
    return AnonymousUser() if sign_in is None else sign_in.user
