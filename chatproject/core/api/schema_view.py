"""The OpenAPI schema, made once a process: each making takes a core some tenths of a second, and
anybody may ask for it."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SCHEMA_KWARGS, SpectacularAPIView
from rest_framework.request import Request

_rendered: dict[str, Any] = {}  # text or bytes, by the format of the renderer


class SchemaView(SpectacularAPIView):
    @extend_schema(**SCHEMA_KWARGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer = request.accepted_renderer
        if renderer.format not in _rendered:
            schema = super().get(request, *args, **kwargs).data  # type: ignore[no-untyped-call]
            _rendered[renderer.format] = renderer.render(schema, renderer.media_type, {})
        return HttpResponse(_rendered[renderer.format], content_type=renderer.media_type)
