"""What is an address, a host, a port or a URL: of the server itself, and of its services."""

import ipaddress
from urllib.parse import SplitResult, urlsplit


def is_port(value: str) -> bool:
    return value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= 65535


def local_url(host: str, port: int) -> str:
    """Where a server that listens on the address is found from the same machine."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (only compared)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def split_url(value: str) -> SplitResult | None:
    try:
        url = urlsplit(value)
        url.port  # noqa: B018 (raises for a bad port)
    except ValueError:
        return None
    return url


def has_scheme(value: str, *schemes: str) -> bool:
    url = split_url(value)
    return "://" in value and url is not None and url.scheme in schemes


def is_origin(url: SplitResult) -> bool:
    host = url.hostname or ""
    bare = url.path in ("", "/") and not (url.query or url.fragment or "@" in url.netloc)
    return bare and (is_address(host) or is_host_name(host))


def is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def is_host_name(value: str) -> bool:
    labels = value.rstrip(".").split(".")
    return all(
        label.isascii() and label.replace("-", "").replace("_", "").isalnum() for label in labels
    )


def is_host_and_port(value: str) -> bool:
    host, colon, port = value.rpartition(":")
    host = host.strip("[]") if colon else value
    return (is_address(host) or is_host_name(host)) and (not colon or is_port(port))
