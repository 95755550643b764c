"""The production server: uvicorn, configured by measurements (docs/performance.md)."""

import asyncio
import atexit
import gc
import ipaddress
import logging
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import CommandError

from chatproject.core import logs
from chatproject.realtime.protocol import ShortCutProtocol
from chatproject.server.http_protocol import BoundedHttpProtocol
from chatproject.server.request_ids import RequestIds

logger = logging.getLogger(__name__)

BACKLOG = 2048
# The application refuses too large frames with a reason; frames of this size are not even read.
LARGEST_FRAME = 1 << 20
# Seconds that running requests have after the drain. Without it one stalled reader would keep the
# process from ending for minutes.
GRACEFUL_SECONDS = 3
# Seconds that a new connection has for its first request, before anything else ends.
FIRST_REQUEST_SECONDS = 1.0
# Seconds from the signal to the end, whatever does not answer: PostgreSQL, Redis, a thread.
EXIT_SECONDS = 9.5
# Without it a vanished peer would hold its socket open for minutes.
USER_TIMEOUT_MS = 10_000
# Seconds for which an idle connection is kept after an answer.
KEEP_ALIVE_SECONDS = 5
# Seconds after which a computing thread yields to the event loop; Python's default is ten times
# that.
SWITCH_SECONDS = 0.0005

Drain = Callable[[], Awaitable[None]]


class Server(uvicorn.Server):
    """uvicorn with two hooks: when it serves, and before it closes the connections."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None], drain: Drain) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._drain = drain

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What is loaded stays: to walk through it at each full collection stops all threads for
        # a tenth of a second.
        gc.collect()
        gc.freeze()
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Connections are still open while `drain` runs, so that acknowledgements reach them."""
        _exit_in_time()
        # New connections are refused from now on, and go elsewhere.
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        await self._take_first_requests()
        try:
            await self._drain()
        except Exception:
            logger.exception("draining failed; the server stops all the same")
        await super().shutdown(sockets)

    async def _take_first_requests(self) -> None:
        """Waits for requests on new connections. A proxy that opens one for each request has sent
        it or is about to; if the connection were closed, it could not know whether to send it
        again.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + FIRST_REQUEST_SECONDS
        while loop.time() < deadline and any(  # noqa: ASYNC110 (nobody would set an event)
            isinstance(each, BoundedHttpProtocol) and each.awaits_first_request
            for each in self.server_state.connections
        ):
            await asyncio.sleep(0.01)


def _exit_in_time() -> None:
    """Ends the process after EXIT_SECONDS if something hangs, such as a thread that waits for a
    frozen database. Other processes find what it left undone.

    Cancelled once all threads have ended: stopping an embedded PostgreSQL may take longer.
    """

    def leave() -> None:
        logger.error("the process does not end by itself, and is ended")
        logging.shutdown()
        os._exit(1)

    timer = threading.Timer(EXIT_SECONDS, leave)
    timer.daemon = True
    timer.start()
    atexit.register(timer.cancel)


def bind_all(host: str, port: int, count: int) -> list[socket.socket]:
    """A listening socket for each of `count` processes, on one address that nobody else uses."""
    if count > 1:
        bind(host, port).close()  # the shared ones alone would share with a stranger, too
    return [bind(host, port, is_shared=count > 1) for _ in range(count)]


def share(listener: socket.socket, count: int) -> list[socket.socket]:
    """The one socket, which somebody else holds as well, for each of `count` processes."""
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
    return [listener, *(listener.dup() for _ in range(count - 1))]


def bind(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """A listening socket; who connects before the server is ready waits. Raises CommandError."""
    version = _version(host)
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    # Accepted sockets inherit it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)  # only this keeps others off the address
    except OSError as error:
        listener.close()
        raise CommandError(
            f"HOST {host} and PORT {port} cannot be listened on: {error.strerror or error}. Stop "
            f"what uses them, or choose another port: make run PORT={port + 1}"
        ) from None
    return listener


def run(
    listener: socket.socket, *, access_log: bool, on_ready: Callable[[], None], drain: Drain
) -> None:
    """Serves until SIGINT, SIGTERM or SIGHUP, and returns after a graceful end."""
    config = uvicorn.Config(
        "chatproject.asgi:application",
        loop="uvloop",
        http=BoundedHttpProtocol,
        ws=ShortCutProtocol,
        ws_per_message_deflate=False,
        ws_max_size=LARGEST_FRAME,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        server_header=False,
        access_log=False,  # it would contain addresses and search terms
        log_config=None,
        **_proxy_settings(),
    )
    RequestIds.tells = access_log
    logs.log_what_python_prints()
    sys.setswitchinterval(SWITCH_SECONDS)
    _allow_many_sockets()
    Server(config, on_ready, drain).run(sockets=[listener])


@contextmanager
def stoppable() -> Iterator[None]:
    """Ends the block quietly when the process is told to stop, whatever it is doing.

    It replaces uvicorn's handling, which ends the process by the signal, before any cleaning up.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # which nohup wants to stay
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _allow_many_sockets() -> None:
    """Each is an open file, of which a process may often have 1,024 unless it asks for more."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _proxy_settings() -> dict[str, Any]:
    proxies = settings.TRUSTED_PROXIES
    return {"proxy_headers": bool(proxies), "forwarded_allow_ips": proxies or None}


def _version(host: str) -> int:
    try:
        return ipaddress.ip_address(host).version
    except ValueError:
        return 4
