"""The one parser of the REST API's JSON bodies."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from chatproject.core.api.json import parse_object
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
