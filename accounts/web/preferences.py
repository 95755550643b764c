"""Applies a person's theme and language to the pages."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from accounts.models import User
from chatproject.core.web.branding import logo_url

View = Callable[[HttpRequest], HttpResponseBase]
_KEPT = "_looks"


class PreferencesMiddleware:
    """Activates the language of a person's settings instead of the browser's.

    Runs after authentication and only for requests with a session cookie. The view reuses the
    person that it loads, so it adds no query.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = _person_of(request)
        if user is not None:
            apply_preferences(request, user)
        return self.get_response(request)


def apply_preferences(request: HttpRequest, user: User) -> None:
    """Renders the rest of the request in the looks and language of `user`."""
    vars(request)[_KEPT] = {
        "theme": user.theme,
        "accent": _accent(user.accent),
        "density": user.density,
    }
    language = user.language or translation.get_language_from_request(request)
    translation.activate(language)
    request.LANGUAGE_CODE = language


def preferences(request: HttpRequest) -> dict[str, Any]:
    """Template context: `theme` (`light`, `dark`, or empty for the system's), `accent` (empty for
    that of tokens.css), `density`, `languages` with their codes and own names, and `installation`
    with `name` and `logo`, an address.

    Taken from the request and the settings, so that error pages need no database.
    """
    looks = {"theme": "", "accent": _accent(""), "density": User.Density.COMFORTABLE.value}
    installation = {"name": settings.SITE_NAME, "logo": logo_url()}
    told = {"languages": settings.LANGUAGES, "installation": installation}
    return {**looks, **vars(request).get(_KEPT, {}), **told}


def _accent(chosen: str) -> str:
    accent: str = chosen or settings.SITE_ACCENT
    return "" if accent == User.Accent.INDIGO else accent


def _person_of(request: HttpRequest) -> User | None:
    """The person of the session; makes no query without a session cookie."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else None
