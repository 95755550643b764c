"""Which hosts may be requested: those whose addresses are all public, and those of a setting."""

import ipaddress
import socket
from collections.abc import Collection

from chatproject.core.errors import InvalidInput

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# IPv6 networks that lead to the IPv4 address in their last or middle bits (RFC 6052, 8215).
_TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = ipaddress.IPv6Network("::/96")


class AddressRefused(InvalidInput):
    """The host is none that we may ask."""

    code = "address_refused"
    title = "Address refused"

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"url: {detail}",
            errors=[{"field": "url", "code": self.code, "detail": detail}],
        )


class NoSuchHost(AddressRefused):
    """There is no host of this name, or none is found at the moment."""


def is_public(text: str) -> bool:
    """Whether an address is of the public internet, with whatever IPv4 address is hidden in it.

    Private, loopback, link-local, multicast, reserved and documentation networks are not.
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(each.is_global and not each.is_multicast for each in _meant(address))


def _meant(address: Address) -> Collection[Address]:
    """The address, and those that it leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    inner: list[Address | None] = [address.ipv4_mapped, address.sixtofour]
    if address.teredo:
        inner += address.teredo
    if any(address in network for network in (*_TRANSLATED, _COMPATIBLE)):
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    found = [each for each in inner if each is not None]
    # A mapped address is the inner one; any other is both.
    return found if address.ipv4_mapped else [address, *found]


def may_be_public(host: str) -> bool:
    """Whether a host may be public by its name, before that is resolved."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host.strip(".")
    return is_public(host)


def is_among(host: str, port: int, allowed: Collection[str]) -> bool:
    """Whether the host is one of `allowed`, which has each as `host` or `host:port`."""
    name = host.lower().rstrip(".")
    return name in allowed or f"{name}:{port}" in allowed


def public_addresses(host: str, port: int, allowed: Collection[str] = ()) -> list[str]:
    """The addresses of the host. Raises AddressRefused unless all of them are public.

    Of hosts that are among `allowed` this is not asked.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoSuchHost("There is no host of this name.") from None
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if is_among(host, port, allowed):
        return addresses
    if not addresses or not all(map(is_public, addresses)):
        raise AddressRefused("Only hosts of the public internet can be asked.")
    return addresses
