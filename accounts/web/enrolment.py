"""Leads those who have to set up a second factor to its page, before any other."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.auth.browser_sessions import sign_in_of_request
from accounts.auth.middleware import API
from accounts.second_factor.factors import must_enrol

View = Callable[[HttpRequest], HttpResponseBase]
OPEN = frozenset(
    (
        *("second-factor", "begin-totp", "confirm-totp", "begin-passkey", "add-passkey"),
        *("logout", "set-language", "service-worker", "manifest", "script-translations"),
    )
)


class EnrolmentMiddleware:
    """For pages; requests below /v1/ are refused where they are authenticated."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponseBase | None:
        if settings.MFA_REQUIRED_FOR == "none" or request.path_info.startswith(API):
            return None
        match = request.resolver_match
        if match is None or match.view_name in OPEN or match.view_name == "admin:logout":
            return None
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        sign_in = sign_in_of_request(request)
        if sign_in is None or not must_enrol(sign_in):
            return None
        return redirect(reverse("second-factor"))
