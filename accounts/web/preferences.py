"""How one person wants to see the chat: the theme of the pages and their language."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from accounts.models import User

View = Callable[[HttpRequest], HttpResponseBase]
_KEPT = "_theme"


class PreferencesMiddleware:
    """Speaks the language of a person's settings, where it is set, instead of the browser's.

    Behind the authentication; asks only where there is a session, whose person is kept for the
    view, so that it costs no query of its own.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = _person_of(request)
        if user is not None:
            adopt(request, user)
        return self.get_response(request)


def adopt(request: HttpRequest, user: User) -> None:
    """What is rendered for the request from here on is as `user` wants it."""
    vars(request)[_KEPT] = user.theme
    if user.language:
        translation.activate(user.language)
        request.LANGUAGE_CODE = user.language


def preferences(request: HttpRequest) -> dict[str, str]:
    """For templates: `theme`, `light` or `dark`, empty for the system's own.

    From what the middleware kept, so that the page of an error asks the database nothing.
    """
    return {"theme": vars(request).get(_KEPT, "")}


def _person_of(request: HttpRequest) -> User | None:
    """Who is signed in by a session; asks nothing where there is no session cookie."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else None
