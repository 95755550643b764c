"""Posts to addresses that others have chosen, and reaches nothing inside of our network by that.

The name is resolved once, every address that it has is judged, and the connection goes to one that
was judged: a name that answers differently the second time leads nowhere. Redirects are not
followed, and no proxy of the environment is used.
"""

import ipaddress
import socket
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpcore

MAX_ANSWER_BYTES = 8 * 1024


class PrivateAddress(httpcore.ConnectError):
    """The host has no address in the public internet."""


class Answer(NamedTuple):
    """`text` is the beginning of the body."""

    status: int
    headers: dict[str, str]
    text: str


class _PublicBackend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        address = public_address_of(host, port)
        return super().connect_tcp(address, port, timeout, local_address, socket_options)


def public_address_of(host: str, port: int) -> str:
    """An address of the host; raises PrivateAddress where one of them is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    addresses = [str(each[4][0]) for each in found]
    if not addresses or not all(map(is_public, addresses)):
        raise PrivateAddress(f"{host} is not in the public internet.")
    return addresses[0]


def is_public(text: str) -> bool:
    """Whether it is an IP address of the public internet; an IPv4 one may be in IPv6 form."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_global and not address.is_multicast


def is_https_url(text: str) -> bool:
    """Whether it is an https URL without a name and a password, to a host that may be public."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        return False
    host = url.hostname or ""
    is_plain = text.isascii() and text.isprintable() and " " not in text
    if not is_plain or url.scheme != "https" or "@" in url.netloc or port == 0:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host.strip(".")
    return is_public(host)


def post(
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes,
    seconds: float,
    allows_private: bool = False,
) -> Answer:
    """Raises httpcore's errors, PrivateAddress among them."""
    backend = None if allows_private else _PublicBackend()
    timeout = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
    with (
        httpcore.ConnectionPool(network_backend=backend) as pool,
        pool.stream(
            "POST",
            url,
            headers=[(name.encode(), value.encode()) for name, value in headers.items()],
            content=content,
            extensions={"timeout": timeout},
        ) as response,
    ):
        body = b""
        for part in response.iter_stream():
            body += part
            if len(body) >= MAX_ANSWER_BYTES:
                break
        pairs = [[each.decode("latin-1") for each in pair] for pair in response.headers]
        told = {name.lower(): value for name, value in pairs}
        return Answer(response.status, told, body[:MAX_ANSWER_BYTES].decode("utf-8", "replace"))
