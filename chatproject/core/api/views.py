"""What every REST view shares, and how the paths under /v1/ are written."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.urls.resolvers import RoutePattern
from django.utils.cache import patch_vary_headers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatproject.core.api.bodies import Body
from chatproject.core.api.etags import tagged
from chatproject.core.api.params import ApiRequest

B = TypeVar("B", bound=Body)


class ApiView(APIView):
    """A view that parses, calls one action and answers; its answers are private by default."""

    has_etag = False  # whether a GET is answered with a tag

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(answer, ("Authorization", "Cookie"))
        if self.has_etag and request.method == "GET":
            answer.add_post_render_callback(partial(tagged, request._request))  # noqa: SLF001
        return answer


def asker_of(request: ApiRequest) -> UUID:
    """The id of the person who is signed in: a view is not reached by anybody else."""
    return cast("UUID", request.user.pk)


def read_body(request: ApiRequest, shape: type[B]) -> B:
    """What was sent, an empty object where nothing was; raises InvalidInput. The parser has refused
    everything but an object.
    """
    return shape.read(cast("dict[str, Any]", request.data))


class _SlashOptional(RoutePattern):
    """A route that is also met with one slash behind it; `reverse` gives it without."""

    def match(self, path: str) -> tuple[str, tuple[Any, ...], dict[str, Any]] | None:
        return super().match(path.removesuffix("/"))


def route(pattern: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    """Like `django.urls.path`, with an optional trailing slash and no redirect to either form.

    `route("conversations/<uuid:id>", ConversationView.as_view(), "conversation")`
    """
    return URLPattern(_SlashOptional(pattern, name=name, is_endpoint=True), view, None, name)
