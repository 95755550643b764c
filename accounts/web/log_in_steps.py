"""The step token of a browser's half log-in, which waits in its session."""

import json
from typing import Any
from uuid import UUID

from django.contrib.auth import login
from django.http import HttpRequest

from accounts.auth.browser_sessions import mark_factor_as_passed
from accounts.auth.sign_ins import ProviderSession
from accounts.models import User

_NAME = "log_in_step"


def keep_step(
    request: HttpRequest, token: str, provider_session: ProviderSession | None = None
) -> None:
    """Also from where the person came, if that was single sign-on."""
    kept = provider_session and [str(provider_session.identity_id), provider_session.session]
    request.session[_NAME] = {"token": token, "provider_session": kept}


def kept_step(request: HttpRequest) -> str | None:
    token: str | None = request.session.get(_NAME, {}).get("token")
    return token


def kept_provider_session(request: HttpRequest) -> ProviderSession | None:
    kept = request.session.get(_NAME, {}).get("provider_session")
    return kept and ProviderSession(UUID(kept[0]), kept[1])


def forget_step(request: HttpRequest) -> None:
    request.session.pop(_NAME, None)


def posted_credential(request: HttpRequest) -> dict[str, Any]:
    """What the page's script has put into the form; empty where it is no JSON object."""
    try:
        found = json.loads(request.POST.get("credential", ""))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def log_in_browser(
    request: HttpRequest, user: User, provider_session: ProviderSession | None = None
) -> None:
    """Signs the browser in as somebody who has given their second factor, or needs none."""
    mark_factor_as_passed(request, provider_session)
    login(request, user)
