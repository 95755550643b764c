"""Typed readers of query parameters that refuse what they cannot read."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Protocol
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter

from chatproject.core.api.fields import MAX_SEQ
from chatproject.core.errors import InvalidInput

UUID_PATTERN = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
MAX_TEXT = 200

CURSOR = OpenApiParameter("cursor", str, description="`next` or `previous` of another page.")


class ApiRequest(Protocol):
    """What the API needs of a request: DRF's `Request` has it, and so has the hot path's
    (`chatproject.server.hot_requests`)."""

    @property
    def query_params(self) -> Mapping[str, str]: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def data(self) -> Any: ...
    @property
    def user(self) -> Any: ...


def search_parameter(description: str) -> OpenApiParameter:
    """What the schema says of a text that is searched for, `q`."""
    return OpenApiParameter("q", {"type": "string", "maxLength": MAX_TEXT}, description=description)


def text_param(request: ApiRequest, name: str, *, max_length: int = MAX_TEXT) -> str | None:
    """The parameter, stripped; None when it is absent or empty."""
    value = request.query_params.get(name, "").strip()
    if "\0" in value:
        raise InvalidInput.of(name, "A text cannot hold the NUL character.", "nul")
    if len(value) > max_length:
        raise InvalidInput.of(name, f"At most {max_length} characters.", "too_long")
    return value or None


def int_param(
    request: ApiRequest, name: str, *, minimum: int = 0, maximum: int = MAX_SEQ
) -> int | None:
    """A whole number within [minimum, maximum]; None when the parameter is absent."""
    if name not in request.query_params:
        return None
    value = text_param(request, name) or ""
    return parse_int(value, name, minimum=minimum, maximum=maximum)


def parse_int(value: str, name: str, *, minimum: int, maximum: int) -> int:
    if not (value.isascii() and value.isdigit()):
        raise InvalidInput.of(name, "A whole number is needed.", "not_a_number")
    number = int(value)
    if not minimum <= number <= maximum:
        raise InvalidInput.of(name, f"It must lie within {minimum} and {maximum}.", "out_of_range")
    return number


def choice_param(request: ApiRequest, name: str, choices: Collection[str]) -> str | None:
    """One of `choices`; None when the parameter is absent."""
    value: str | None = request.query_params.get(name)
    if value is not None and value not in choices:
        detail = f"It must be one of {', '.join(choices)}."
        raise InvalidInput.of(name, detail, "unknown_choice")
    return value


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "maxLength": MAX_TEXT},
    OpenApiParameter.HEADER,
    description="Stands for `clientId` where the body names none: a retry has no second effect.",
)


def idempotency_key(request: ApiRequest) -> str | None:
    key: str | None = request.headers.get("Idempotency-Key")
    if key is not None and len(key) > MAX_TEXT:
        raise InvalidInput.of("Idempotency-Key", f"At most {MAX_TEXT} characters.", "too_long")
    return key


def limit_parameter(*, default: int = 50, maximum: int = 200) -> OpenApiParameter:
    """What the schema says of `limit_param` with the same bounds."""
    bounds = {"type": "integer", "minimum": 1, "maximum": maximum, "default": default}
    return OpenApiParameter("limit", bounds)


def limit_param(request: ApiRequest, *, default: int = 50, maximum: int = 200) -> int:
    limit = int_param(request, "limit", minimum=1, maximum=maximum)
    return default if limit is None else limit


def flag_param(request: ApiRequest, name: str) -> bool | None:
    """`true` or `false`; None when the parameter is absent."""
    value = request.query_params.get(name)
    if value not in (None, "true", "false"):
        raise InvalidInput.of(name, "It must be true or false.", "not_a_flag")
    return None if value is None else value == "true"


def uuid_param(request: ApiRequest, name: str) -> UUID | None:
    """None when the parameter is absent."""
    value = request.query_params.get(name)
    if value is None:
        return None
    if not re.fullmatch(UUID_PATTERN, value):
        raise InvalidInput.of(name, "It must be a UUID.", "not_an_id")
    return UUID(value)


def uuids_parameter(name: str, *, maximum: int, required: bool = False) -> OpenApiParameter:
    """What the schema says of `uuids_param` with the same bound."""
    ids = f"{UUID_PATTERN}(,{UUID_PATTERN}){{0,{maximum - 1}}}"
    pattern = f"^{ids}$" if required else f"^({ids})?$"
    schema = {"type": "string", "pattern": pattern}
    description = f"Up to {maximum} ids, with commas between them."
    return OpenApiParameter(name, schema, required=required, description=description)


def uuids_param(request: ApiRequest, name: str, *, maximum: int = 100) -> list[UUID]:
    """Ids separated by commas; empty when the parameter is absent."""
    value = text_param(request, name, max_length=maximum * 37)
    try:
        ids = [UUID(part) for part in value.split(",")] if value else []
    except ValueError:
        raise InvalidInput.of(name, "Ids separated by commas are needed.") from None
    if len(ids) > maximum:
        raise InvalidInput.of(name, f"At most {maximum} ids.", "too_many")
    return ids
