"""Connects to checked addresses only; every step counts against one deadline."""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from chatproject.core.outbound.addresses import public_addresses

CONNECT_SECONDS = 5.0
MOST_TRIED = 3  # addresses of one host


class CheckedBackend(httpcore.NetworkBackend):
    """Resolves a host once, and connects to an address that was checked.

    `deadline` is a moment of `time.monotonic()`. It holds for each read and write, so that who
    answers byte by byte has no more time than who says nothing.
    """

    def __init__(self, allowed: Iterable[str], deadline: float) -> None:
        self._allowed = frozenset(allowed)
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("no address")
        for address in public_addresses(host, port, self._allowed)[:MOST_TRIED]:
            seconds = min(CONNECT_SECONDS, _left(self._deadline, httpcore.ConnectTimeout))
            try:
                stream = self._sockets.connect_tcp(
                    address, port, seconds, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _BoundedStream(stream, self._deadline)
        raise failure


class _BoundedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        seconds = _left(self._deadline, httpcore.ConnectTimeout)
        stream = self._stream.start_tls(ssl_context, server_hostname, seconds)
        return _BoundedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, error: type[Exception]) -> float:
    """The seconds that are left; raises `error` where there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise error("the time is over")
    return left
