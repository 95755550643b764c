"""JSON out. Views hand over plain values with times as text, so that encoding is one pass."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer

from chatproject.core.api.json import dump


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else dump(data)
