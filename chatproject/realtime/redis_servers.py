"""Assigns keys to Redis servers: REDIS_URL may name several.

A topic, or a person's presence, is at one server, found by a hash of its name. The servers are put
in the order of their addresses first, so that processes agree whatever order each was given.
"""

from urllib.parse import urlsplit
from zlib import crc32


def servers_of(redis_url: str) -> list[str]:
    """The addresses in a REDIS_URL, each once; a comma inside of a password is written as %2C."""
    urls = {url.strip() for url in redis_url.split(",") if url.strip()}
    return sorted(urls, key=_place)


def server_for(name: str, count: int) -> int:
    """The number, below `count`, of the server that has what is named so."""
    return crc32(name.encode()) % count if count > 1 else 0


def _place(url: str) -> tuple[str, str]:
    """Without the password, which may be another one for a while."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2], parts.path
