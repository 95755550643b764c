"""Fetches a document from a URL that anybody supplied; each redirect is checked again."""

import time
import zlib
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import httpcore
import idna

from chatproject.core.outbound.addresses import AddressRefused
from chatproject.core.outbound.client import (
    PORTS,
    Unreachable,
    headers_of,
    open_response,
    split_url,
)

MAX_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)
# Of paths and queries: what is kept as it stands.
_SAFE = "/%:=&?~#+!$,;'@()*[]-._"
_ENCODINGS = ("", "identity", "gzip", "x-gzip", "deflate")


class Unfit(Exception):
    """It answered with what is not taken: another type or status. The text is for logs."""


class Document(NamedTuple):
    """`url` is where the redirects have led; `body` is decompressed and cut at its type's bound."""

    url: str
    content_type: str
    charset: str
    body: bytes
    is_whole: bool


def fetch(
    url: str, *, most: Mapping[str, int], seconds: float, allowed: Collection[str] = ()
) -> Document:
    """The document, if it is of one of the types in `most`, by which it says how many bytes are
    read, before and after decompression. All together takes at most `seconds`.

    `allowed` names hosts, as `host` or `host:port`, that need be neither public nor at a port of
    the web. Raises AddressRefused, Unreachable, Unfit. Blocks: for tasks.
    """
    deadline = time.monotonic() + seconds
    headers = {"Accept": ", ".join(most), "Accept-Encoding": "gzip"}
    for _ in range(MAX_REDIRECTS + 1):
        url = ascii_url(url)
        _require_port(url, allowed)
        with open_response(
            "GET", url, headers=headers, deadline=deadline, allowed=allowed
        ) as response:
            found = headers_of(response)
            if response.status not in REDIRECTS:
                return _read_document(url, response, found, most)
            if "location" not in found:
                raise Unfit("a redirect to nowhere")
            url = urljoin(url, found["location"].strip())
    raise Unfit("too many redirects")


def ascii_url(url: str) -> str:
    """The address as it is asked for: with signs of other scripts encoded, without a fragment.

    Raises AddressRefused for what is none.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode()
    except (ValueError, idna.IDNAError):
        raise AddressRefused("It is not an address.") from None
    host = f"[{host}]" if ":" in host else host
    is_named = port is not None and port != PORTS.get(parts.scheme)
    place = f"{host}:{port}" if is_named else host
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("An address with a password in it is not taken.")
    path, query = quote(parts.path or "/", safe=_SAFE), quote(parts.query, safe=_SAFE)
    encoded = urlunsplit((parts.scheme, place, path, query, ""))
    split_url(encoded)
    return encoded


def _require_port(url: str, allowed: Collection[str]) -> None:
    """Only the ports of the web: others are asked by nobody's link."""
    parts = split_url(url)
    host, port = (parts.hostname or "").rstrip("."), parts.port or PORTS[parts.scheme]
    if port not in PORTS.values() and f"{host}:{port}" not in allowed:
        raise AddressRefused("Only the ports 80 and 443 can be asked.")


def _read_document(
    url: str, response: httpcore.Response, headers: Mapping[str, str], most: Mapping[str, int]
) -> Document:
    if response.status != 200:
        raise Unfit(f"status {response.status}")
    kind, _, parameters = headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind not in most:
        raise Unfit("another type")
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise Unfit("another encoding")
    chunks = response.iter_stream()
    if encoding in ("", "identity"):
        body, is_whole = _joined(chunks, most[kind])
    else:
        body, is_whole = _decompressed(chunks, most[kind])
    return Document(url, kind, _charset(parameters), body, is_whole)


def _charset(parameters: str) -> str:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'").lower()
    return ""


def _joined(chunks: Iterable[bytes], most: int) -> tuple[bytes, bool]:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > most:
            return bytes(body[:most]), False
    return bytes(body), True


def _decompressed(chunks: Iterable[bytes], most: int) -> tuple[bytes, bool]:
    """Never more than `most` bytes are made of what comes, and never more of them are taken."""
    unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    body, taken = bytearray(), 0
    for chunk in chunks:
        taken += len(chunk)
        try:
            body += unzip.decompress(chunk, most + 1 - len(body))
        except zlib.error:
            raise Unreachable("It cannot be decompressed.") from None
        if len(body) > most or taken > most:
            return bytes(body[:most]), False
    return bytes(body), unzip.eof
