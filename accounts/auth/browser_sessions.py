"""Ties each Django session to a sign-in of kind `browser`.

The session holds the sign-in's id and is valid only while that sign-in is live, so a log-out on
another device, a new password and a closed account end it at once. Django's signal `user_logged_in`
starts the sign-in, for the admin site too.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.auth.client_address import client_of
from accounts.auth.live_sign_ins import live_sign_in
from accounts.auth.sign_ins import ProviderSession, end_sign_in, start_browser_sign_in
from accounts.errors import InvalidCredentials, SignInNotFound
from accounts.models import SignIn, User

SESSION_NAME = "sign_in_id"
_CACHED_AS = "_sign_in"
_LOGGED_OUT = "_logged_out"
_FACTOR_PASSED = "_factor_passed"
_PROVIDER_SESSION = "_provider_session"
# How stale `last_used_at` may be; each use after that also prolongs the session.
TOUCH_INTERVAL = timedelta(hours=1)


def session_of_key(key: str | None) -> SessionBase:
    """The session of a cookie's value; an empty one where the value cannot be a key."""
    # A quoted cookie can hold a NUL, which PostgreSQL refuses.
    store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
    return store(None if key is None or "\0" in key else key)


def sign_in_of_session(session: SessionBase) -> SignIn | None:
    """The live sign-in, with its `user`, or None; one query when the session is loaded."""
    sign_in_id = sign_in_id_in(session)
    return None if sign_in_id is None else live_sign_in(sign_in_id)


def sign_in_id_in(session: SessionBase | Mapping[str, Any]) -> UUID | None:
    kept = session.get(SESSION_NAME)
    return None if kept is None else UUID(kept)


def is_to_be_prolonged(sign_in: SignIn) -> bool:
    return sign_in.last_used_at < timezone.now() - TOUCH_INTERVAL


def sign_in_of_request(request: HttpRequest) -> SignIn | None:
    """The same for a request, cached on it; prolongs the session once an hour."""
    kept = vars(request)
    if _CACHED_AS not in kept:
        kept[_CACHED_AS] = sign_in_of_session(request.session)
        _prolong_or_flush(request, kept[_CACHED_AS])
    found: SignIn | None = kept[_CACHED_AS]
    return found


def mark_factor_as_passed(
    request: HttpRequest, provider_session: ProviderSession | None = None
) -> None:
    """Lets `django.contrib.auth.login` sign in a person with a second factor on this request."""
    vars(request)[_FACTOR_PASSED] = True
    vars(request)[_PROVIDER_SESSION] = provider_session


def has_logged_out(request: HttpRequest) -> bool:
    """Whether this request logged its browser out."""
    return _LOGGED_OUT in vars(request)


def _cache(request: HttpRequest, sign_in: SignIn | None) -> None:
    vars(request)[_CACHED_AS] = sign_in


def _prolong_or_flush(request: HttpRequest, sign_in: SignIn | None) -> None:
    now = timezone.now()
    if sign_in is None:
        if SESSION_NAME in request.session:
            request.session.flush()
    elif is_to_be_prolonged(sign_in):
        lasting = timedelta(seconds=request.session.get_expiry_age())
        SignIn.objects.filter(pk=sign_in.pk).update(last_used_at=now, expires_at=now + lasting)
        request.session.modified = True


@receiver(user_logged_in)
def _start_sign_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    lasting = timedelta(seconds=request.session.get_expiry_age())
    try:
        sign_in = start_browser_sign_in(
            user=user,
            client=client_of(request),
            expires_at=timezone.now() + lasting,
            has_passed_factor=vars(request).get(_FACTOR_PASSED, False),
            provider_session=vars(request).get(_PROVIDER_SESSION),
        )
    except InvalidCredentials:  # the account, its password or its factors changed meanwhile
        request.session.flush()
        return
    request.session[SESSION_NAME] = str(sign_in.pk)
    _cache(request, sign_in)


@receiver(user_logged_out)
def _end_sign_in(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    vars(request)[_LOGGED_OUT] = True
    sign_in = sign_in_of_request(request)
    _cache(request, None)
    if sign_in is None:
        return
    with suppress(SignInNotFound):  # ended by another request meanwhile
        end_sign_in(user_id=sign_in.user_id, sign_in_id=sign_in.pk)
