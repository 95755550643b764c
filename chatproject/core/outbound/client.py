"""One request to an address that somebody named, within bounds of time and size."""

import ssl
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

import certifi
import httpcore
from django.conf import settings

from chatproject.core.outbound.addresses import AddressRefused, public_addresses

CONNECT_SECONDS = 5.0
MAX_URL = 2000
PORTS = {"http": 80, "https": 443}


class Unreachable(Exception):
    """No answer came: no connection, a broken one, or too slow. The text is for people."""


class Answer(NamedTuple):
    """`headers` with names in lower case; `body` is cut at the bound that was given."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool


def split_url(url: str) -> SplitResult:
    """Raises AddressRefused for what is no address of the web, or has a password in it."""
    try:
        parts = urlsplit(url)
        port = PORTS.get(parts.scheme, 0) if parts.port is None else parts.port
    except ValueError:
        raise AddressRefused("It is not an address.") from None
    is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= MAX_URL
    if not is_plain or parts.scheme not in PORTS or not parts.hostname or not port:
        raise AddressRefused("An address that begins with https:// is needed.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("An address with a password in it is not taken.")
    return parts


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    seconds: float = 10.0,
    most: int = 64 * 1024,
) -> Answer:
    """Asks once, follows nothing, and reads at most `most` bytes within `seconds`.

    Raises AddressRefused or Unreachable. Blocks: for tasks and database threads.
    """
    parts = split_url(url)
    deadline = time.monotonic() + seconds
    given = {"Host": parts.netloc, "User-Agent": f"Chat/{settings.VERSION}", **(headers or {})}
    timeouts = {"connect": CONNECT_SECONDS, "read": seconds, "write": seconds, "pool": seconds}
    backend = _CheckedBackend(settings.OUTBOUND_HOSTS)
    context = ssl.create_default_context(cafile=certifi.where())
    try:
        with (
            httpcore.ConnectionPool(ssl_context=context, network_backend=backend) as pool,
            pool.stream(
                method,
                url.partition("#")[0],
                headers=list(given.items()),
                content=body,
                extensions={"timeout": timeouts},
            ) as response,
        ):
            read, is_whole = _read(response.iter_stream(), deadline, most)
            found = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers
            }
            return Answer(response.status, found, read, is_whole)
    except (httpcore.TimeoutException, TimeoutError):
        raise Unreachable("It did not answer in time.") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
        raise Unreachable(f"No answer: {error}"[:200]) from None


def _read(chunks: Iterable[bytes], deadline: float, most: int) -> tuple[bytes, bool]:
    body = b""
    for chunk in chunks:
        body += chunk
        if len(body) > most:
            return body[:most], False
        if time.monotonic() > deadline:
            raise TimeoutError
    return body, True


class _CheckedBackend(httpcore.NetworkBackend):
    """Resolves a host once, and connects to the address that was checked."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(allowed)
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        address = public_addresses(host, port, self._allowed)[0]
        return self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
