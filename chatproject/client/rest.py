"""Calls of the REST API: returns the answer or raises its refusal; renews tokens."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx

from .errors import ChatError, Refused, Unreachable

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """`access` is valid for minutes, `refresh` for weeks and one use. Either may be empty."""

    access: str = ""
    refresh: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to upload, which is opened again for each try."""

    content: Path | bytes
    name: str

    @contextmanager
    def opened(self) -> Iterator[dict[str, Any]]:
        if isinstance(self.content, bytes):
            yield {"file": (self.name, self.content)}
        else:
            with self.content.open("rb") as file:
                yield {"file": (self.name, file)}


class Rest:
    """Calls the REST API as one person, or anonymously.

    Logs in by `email` and `password` if it has no tokens. Refreshes an expired access token, once
    for all waiting calls. `on_tokens` gets each new pair; to use a refresh token in a later run
    keep the newest one, since each works once.
    """

    def __init__(
        self,
        url: str,
        *,
        email: str | None = None,
        password: str | None = None,
        tokens: Tokens | None = None,
        on_tokens: Callable[[Tokens], None] | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(base_url=f"{url.rstrip('/')}/v1/", timeout=TIMEOUT_SECONDS)
        self._email, self._password = email, password
        self._tokens = tokens or Tokens()
        self._on_tokens = on_tokens
        self._renewing = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    # -- calls. `path` is in parts, each of which is quoted: get("conversations", id, "messages").

    async def get(self, *path: object, **query: object) -> Any:
        return await self.call("GET", *path, query=query)

    async def post(self, *path: object, body: Mapping[str, Any] | None = None) -> Any:
        return await self.call("POST", *path, body=body)

    async def patch(self, *path: object, body: Mapping[str, Any]) -> Any:
        return await self.call("PATCH", *path, body=body)

    async def put(self, *path: object, body: Mapping[str, Any] | None = None) -> Any:
        return await self.call("PUT", *path, body=body)

    async def delete(self, *path: object, body: Mapping[str, Any] | None = None) -> Any:
        return await self.call("DELETE", *path, body=body)

    async def upload(self, *path: object, content: Path | bytes, name: str) -> Any:
        """Uploads a file, read while it is sent, or bytes, under this name."""
        return await self.call("POST", *path, upload=Upload(content, name))

    async def pages(self, *path: object, **query: object) -> AsyncIterator[Any]:
        """All results of a list, page after page."""
        cursor: object = None
        while True:
            page = await self.get(*path, **query, cursor=cursor)
            for result in page["results"]:
                yield result
            cursor = page["next"]
            if cursor is None:
                return

    async def call(
        self,
        method: str,
        *path: object,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, Any] | None = None,
        upload: Upload | None = None,
    ) -> Any:
        """The answer's JSON, None where it has none. Raises Refused or Unreachable."""
        access = await self.access()
        try:
            return await self._exchange(method, path, query, body, access, upload)
        except Refused as refusal:
            if refusal.code != "token_expired":
                raise
        access = await self.renewed(access)
        return await self._exchange(method, path, query, body, access, upload)

    # -- tokens

    async def access(self) -> str:
        """An access token, which may have expired; empty without any credentials."""
        tokens = self._tokens
        if tokens.access or not (tokens.refresh or self._email):
            return tokens.access
        return await self.renewed("")

    async def renewed(self, stale: str) -> str:
        """An access token that replaces `stale`; raises Refused when none can be obtained.

        A refresh token works once, so one call at a time renews, and the others use its result.
        """
        async with self._renewing:
            if self._tokens.access == stale:
                self._store_tokens(await self._renew())
            return self._tokens.access

    async def _renew(self) -> Mapping[str, Any]:
        """Gets tokens by the refresh token, or else by the password: a lost answer may have used up
        the refresh token."""
        if self._tokens.refresh:
            try:
                return await self._request_tokens("refresh", refresh=self._tokens.refresh)
            except Refused as refusal:
                if refusal.status != httpx.codes.UNAUTHORIZED:
                    raise
                self._tokens = Tokens(access=self._tokens.access)
                if self._password is None:
                    raise
        if self._password is None:
            raise Refused("token_expired", "The token has expired, and nothing gives a new one.")
        return await self._request_tokens("login", email=self._email, password=self._password)

    async def _request_tokens(self, what: str, **body: object) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = await self._exchange("POST", ("users", what), None, body, "")
        return answer

    def _store_tokens(self, answer: Mapping[str, Any]) -> None:
        self._tokens = Tokens(answer["access"], answer["refresh"])
        if self._on_tokens is not None:
            self._on_tokens(self._tokens)

    # -- one exchange

    async def _exchange(
        self,
        method: str,
        path: tuple[object, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, Any] | None,
        access: str,
        upload: Upload | None = None,
    ) -> Any:
        try:
            with upload.opened() if upload else nullcontext() as files:
                response = await self._http.request(
                    method,
                    "/".join(quote(str(part), safe="") for part in path),
                    params={name: str(it) for name, it in (query or {}).items() if it is not None},
                    json=body,
                    files=files,
                    headers={"Authorization": f"Bearer {access}"} if access else None,
                )
        except httpx.TransportError as error:
            raise Unreachable(str(error) or type(error).__name__) from error
        return _read(response)


def _read(response: httpx.Response) -> Any:
    if not response.is_success:
        raise _refusal(response)
    if response.status_code == httpx.codes.NO_CONTENT:
        return None
    try:
        return response.json()
    except ValueError:
        raise ChatError(
            "not_json", f"{response.url} did not answer in JSON.", status=response.status_code
        ) from None


def _refusal(response: httpx.Response) -> Refused:
    """The refusal in a problem+json answer, or one made of a proxy's status."""
    status = response.status_code
    try:
        body = response.json()
        refusal = Refused.from_json(body, status=status)
    except (ValueError, AttributeError):
        refusal = Refused(f"http_{status}", response.reason_phrase, status=status)
    wait = response.headers.get("Retry-After", "")
    refusal.retry_after = float(wait) if wait.isdecimal() else None
    return refusal
