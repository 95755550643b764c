"""Who asks, in the types that the rest of the app works with."""

from typing import cast

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import SignIn, User


def person_of(request: Request) -> User:
    """Views of people who are not signed in have none."""
    return cast("User", request.user)


def sign_in_of(request: Request) -> SignIn:
    return cast("SignIn", request.auth)


def browser_request(request: Request) -> HttpRequest:
    """Django's own request, for what works on its session."""
    return request._request  # noqa: SLF001 (the only way to it)
