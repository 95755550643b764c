"""The step token of a browser's half log-in, which waits in its session."""

import json
from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest

from accounts.auth.browser_sessions import mark_factor_as_passed
from accounts.models import User

_NAME = "log_in_step"


def keep_step(request: HttpRequest, token: str) -> None:
    request.session[_NAME] = token


def kept_step(request: HttpRequest) -> str | None:
    token: str | None = request.session.get(_NAME)
    return token


def forget_step(request: HttpRequest) -> None:
    request.session.pop(_NAME, None)


def posted_credential(request: HttpRequest) -> dict[str, Any]:
    """What the page's script has put into the form; empty where it is no JSON object."""
    try:
        found = json.loads(request.POST.get("credential", ""))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def log_in_browser(request: HttpRequest, user: User) -> None:
    """Signs the browser in as somebody who has given their second factor, or needs none."""
    mark_factor_as_passed(request)
    login(request, user)
