"""The client's exceptions, each with a `code` on which a program can branch."""

from collections.abc import Mapping, Sequence
from typing import Any, Self


class ChatError(Exception):
    """Anything that the client raises.

    `code` is the stable name of the reason and `detail` is for people. `status` is that of the HTTP
    answer, None where the answer came over the socket. `errors` names the fields that are wrong,
    each with `field`, `code` and `detail`.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status: int | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.status = status
        self.errors = list(errors)


class Unreachable(ChatError):
    """The server cannot be reached now; trying later may succeed."""

    def __init__(self, detail: str, *, retry_after: float = 0.0) -> None:
        super().__init__("unreachable", detail)
        self.retry_after = retry_after  # seconds that the server asked to wait at least


class Refused(ChatError):
    """The server refused. `retry_after` is in seconds, None if the server named none."""

    retry_after: float | None = None

    @property
    def is_passing(self) -> bool:
        """Whether trying again soon may succeed."""
        return self.status is not None and (self.status == 429 or self.status >= 500)

    @classmethod
    def from_json(cls, body: Mapping[str, Any], *, status: int | None = None) -> Self:
        """From an error frame or a problem+json body."""
        return cls(
            str(body.get("code", "unknown")),
            str(body.get("detail", "")),
            status=status,
            errors=body.get("errors", ()),
        )


class Closed(ChatError):
    """The server ended the connection for good, with `close_code`; or the client was closed."""

    def __init__(self, code: str, detail: str, *, close_code: int | None = None) -> None:
        super().__init__(code, detail)
        self.close_code = close_code
