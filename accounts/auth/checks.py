"""System checks of the settings on which safe sign-ins depend."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.module_loading import import_string


@register(Tags.security)
def check_csrf(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Does what security.W003 does, and accepts subclasses of Django's middleware."""
    if any(_is_csrf(import_string(name)) for name in settings.MIDDLEWARE):
        return []
    hint = "Put accounts.auth.middleware.CsrfViewMiddleware into MIDDLEWARE."
    return [Error("Forms are not protected against CSRF.", hint=hint, id="chat.E017")]


def _is_csrf(middleware: object) -> bool:
    return isinstance(middleware, type) and issubclass(middleware, CsrfViewMiddleware)
