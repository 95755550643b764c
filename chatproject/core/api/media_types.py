"""JSON in and out of REST: the one parser and the one renderer.

Views hand over plain values with times as text, so that encoding is one pass.
"""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from chatproject.core.api.json import dump, parse_object
from chatproject.core.errors import Refusal


class BodyTooLarge(Refusal):
    status = 413
    code = "body_too_large"
    title = "Body too large"

    def __init__(self) -> None:
        super().__init__(f"A body may have {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes at most.")


class JSONParser(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise BodyTooLarge
        return parse_object(raw)


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
