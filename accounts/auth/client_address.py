"""The address and user agent of a client, behind trusted proxies or without them."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest

MAX_USER_AGENT = 200
# A customer's line has an IPv6 network of this size and can use any address in it.
IPV6_LINE = 64

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Client(NamedTuple):
    """`address` is None when the peer has none, as behind a Unix socket."""

    address: str | None = None
    user_agent: str = ""


def client_of(request: HttpRequest) -> Client:
    """The client of a request of Django or of the REST framework."""
    meta = request.META
    agent = meta.get("HTTP_USER_AGENT", "")
    return Client(
        resolve_address(meta.get("REMOTE_ADDR"), meta.get("HTTP_X_FORWARDED_FOR", "")),
        "".join(filter(str.isprintable, agent))[:MAX_USER_AGENT],
    )


def resolve_address(peer: str | None, forwarded_for: str = "") -> str | None:
    """The peer's address; if the peer is a trusted proxy, the last untrusted one it forwards for.

    Entries of X-Forwarded-For to the left of that one are ignored: the client can forge them.
    """
    address = _parse(peer or "")
    for entry in reversed(forwarded_for.split(",")):
        before = _parse(entry)
        if address is None or before is None or not _is_trusted(address):
            break
        address = before
    return None if address is None else str(address)


def line_of(address: str | None) -> str:
    """The key of an address for limits: an IPv4 address, or the /64 network of an IPv6 one."""
    parsed = _parse(address or "")
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, IPV6_LINE), strict=False))
    return str(parsed)


@lru_cache(maxsize=1_024)
def _parse(text: str) -> Address | None:
    """An address with or without a port; an IPv4 one in IPv6 form as IPv4."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


@lru_cache(maxsize=8)
def _networks(names: Sequence[str]) -> list[Network]:
    return [ipaddress.ip_network(name) for name in names]
