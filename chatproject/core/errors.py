"""Refusals: exceptions that actions raise, with a code, a status and a text that people may see.

An action raises a subclass; `core.api.problems` turns it into problem+json and the consumers into
an error frame, so that each refusal has one code on every path. Subclasses are in the `errors`
module of the app that raises them.
"""

from collections.abc import Sequence
from typing import Any, TypedDict


class FieldError(TypedDict):
    """One error in one field of the input; `field` is a JSON name or a path."""

    field: str
    code: str
    detail: str


class Refusal(Exception):
    """An expected refusal, with a stable `code` for programs and a `detail` for people."""

    status = 400
    code = "bad_request"
    title = "Bad request"
    detail = "The request cannot be carried out."

    def __init__(self, detail: str | None = None, *, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail or self.detail)
        self.detail = detail or self.detail
        self.errors = list(errors)

    @property
    def headers(self) -> dict[str, str]:
        """Response headers that belong to the refusal, such as `Retry-After`."""
        return {}

    def as_json(self) -> dict[str, Any]:
        """The JSON of REST and socket: `code`, `detail`, and `errors` if fields are wrong."""
        body: dict[str, Any] = {"code": self.code, "detail": self.detail}
        if self.errors:
            body["errors"] = self.errors
        return body


class InvalidInput(Refusal):
    """The input is invalid; `errors` names the fields."""

    code = "invalid_input"
    title = "Invalid input"
    detail = "The input is not valid."

    @classmethod
    def of(cls, field: str, detail: str, code: str = "invalid") -> "InvalidInput":
        return cls(f"{field}: {detail}", errors=[FieldError(field=field, code=code, detail=detail)])


class Unauthenticated(Refusal):
    status = 401
    code = "not_authenticated"
    title = "Not authenticated"
    detail = "A valid access token or a browser session is needed."

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(Refusal):
    status = 403
    code = "forbidden"
    title = "Forbidden"
    detail = "You do not have the right to do this."


class NotFound(Refusal):
    """Also raised for things whose existence the person may not know of."""

    status = 404
    code = "not_found"
    title = "Not found"
    detail = "There is nothing here."


class Conflict(Refusal):
    status = 409
    code = "conflict"
    title = "Conflict"
    detail = "The request does not fit the present state."


class RateLimited(Refusal):
    """Too many tries; `retry_after` is in whole seconds."""

    status = 429
    code = "rate_limited"
    title = "Too many requests"
    detail = "Too many tries. Wait a moment."

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many tries. Try again in {retry_after} s.")
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class NotYet(Refusal):
    """Possible again in `retry_after` whole seconds; None: at an unknown time."""

    status = 429
    code = "not_yet"
    title = "Too early"
    detail = "This is not possible yet."

    def __init__(self, retry_after: int | None = None) -> None:
        when = "" if retry_after is None else f" Try again in {retry_after} s."
        super().__init__(self.detail + when)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}

    def as_json(self) -> dict[str, Any]:
        body = super().as_json()
        return body if self.retry_after is None else {**body, "retryAfter": self.retry_after}


class StorageFull(Refusal):
    """A disk of the server is full; nothing was stored."""

    status = 507
    code = "storage_full"
    title = "No room left"
    detail = "The server has no disk space left. Tell its operator."


class Unavailable(Refusal):
    """A part of the system does not answer; the same request may succeed later."""

    status = 503
    code = "unavailable"
    title = "Service unavailable"
    detail = "The service cannot answer right now. Try again."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}
