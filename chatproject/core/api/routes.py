"""How the paths under /v1/ are written."""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.urls.resolvers import RoutePattern


class _SlashOptional(RoutePattern):
    """A route that is also met with one slash behind it; `reverse` gives it without."""

    def match(self, path: str) -> tuple[str, tuple[Any, ...], dict[str, Any]] | None:
        return super().match(path.removesuffix("/"))


def route(pattern: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    """Like `django.urls.path`, with an optional trailing slash and no redirect to either form.

    `route("conversations/<uuid:id>", ConversationView.as_view(), "conversation")`
    """
    return URLPattern(_SlashOptional(pattern, name=name, is_endpoint=True), view, None, name)
