"""Makes one request to a URL that somebody supplied, bounded in time and size."""

import ssl
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import certifi
import httpcore
from django.conf import settings

from chatproject.core.outbound.addresses import AddressRefused
from chatproject.core.outbound.connecting import CheckedBackend

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
    deadline = time.monotonic() + seconds
    with open_response(
        method,
        url,
        headers=headers or {},
        body=body,
        deadline=deadline,
        allowed=settings.OUTBOUND_HOSTS,
    ) as response:
        read, is_whole = _read(response, most)
        return Answer(response.status, headers_of(response), read, is_whole)


@contextmanager
def open_response(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    deadline: float,
    allowed: Collection[str],
) -> Iterator[httpcore.Response]:
    """The response, whose body is still to be read; all of it until `deadline`, a moment of
    `time.monotonic()`. `allowed` are hosts that need not be public, see `public_addresses`.

    Raises AddressRefused or Unreachable, also for what goes wrong while the body is read.
    """
    parts = split_url(url)
    given = {"Host": parts.netloc, "User-Agent": f"Chat/{settings.VERSION}", **headers}
    context = ssl.create_default_context(cafile=certifi.where())
    backend = CheckedBackend(allowed, deadline)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=context, network_backend=backend) as pool,
            pool.stream(
                method, url.partition("#")[0], headers=list(given.items()), content=body
            ) as response,
        ):
            yield response
    except (httpcore.TimeoutException, TimeoutError):
        raise Unreachable("It did not answer in time.") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
        raise Unreachable(f"No answer: {error}"[:200]) from None


def headers_of(response: httpcore.Response) -> dict[str, str]:
    """By their names in lower case."""
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }


def _read(response: httpcore.Response, most: int) -> tuple[bytes, bool]:
    body = b""
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > most:
            return body[:most], False
    return body, True
