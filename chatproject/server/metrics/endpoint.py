"""`/metrics` in the text format of Prometheus, for operators alone.

Answered before Django, as the probes are. Without METRICS_TOKEN and METRICS_ADDRESSES there is no
such page. An address counts only if it is that of who connects: nothing that came through a proxy
counts, whether its headers are true or a client's own, and neither does a trusted proxy's address.
"""

import asyncio
import hmac
import ipaddress
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

from chatproject.core import metrics
from chatproject.server.metrics.database_figures import DatabaseFigures
from chatproject.server.metrics.worker_files import WorkerFiles

PATH = "/metrics"
# What proxies add, one or the other: any `x-forwarded-…`, and these.
FORWARDING = {
    *(
        b"forwarded",
        b"via",
        b"x-real-ip",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"true-client-ip",
    ),
    *(b"x-original-forwarded-for", b"x-envoy-external-address", b"cf-connecting-ip"),
}

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_threads = ThreadPoolExecutor(1, thread_name_prefix="metrics")


class MetricsEndpoint:
    """Answers its path, and passes everything else to the application."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._database = DatabaseFigures()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # No slash at the end: proxies keep just the path from the outside.
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._application(scope, receive, send)
        elif not (settings.METRICS_TOKEN or settings.METRICS_ADDRESSES):
            await _send(send, 404, b"There is no such page.\n")
        elif not may_read(scope):
            await _send(send, 401, b"Not allowed.\n", {b"www-authenticate": b"Bearer"})
        elif scope["method"] not in ("GET", "HEAD"):
            await _send(send, 405, b"Only GET.\n", {b"allow": b"GET, HEAD"})
        else:
            metrics.fold()
            loop = asyncio.get_running_loop()
            text = await loop.run_in_executor(_threads, self._collect)
            await _send(send, 200, text, {b"content-type": CONTENT_TYPE_LATEST.encode()})

    def _collect(self) -> bytes:
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if folder is None:
            return generate_latest(REGISTRY) + generate_latest(self._database)
        registry = CollectorRegistry()
        registry.register(WorkerFiles(folder))
        registry.register(self._database)
        return generate_latest(registry)


def may_read(scope: Mapping[str, Any]) -> bool:
    """Whether the request has METRICS_TOKEN, or comes straight from one of METRICS_ADDRESSES."""
    headers = {name.lower(): value for name, value in scope["headers"]}
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if settings.METRICS_TOKEN and scheme.lower() == b"bearer":
        return hmac.compare_digest(token.strip(), settings.METRICS_TOKEN.encode())
    if any(name in FORWARDING or name.startswith(b"x-forwarded") for name in headers):
        return False
    client = scope.get("client")
    return client is not None and _is_listed(client[0])


def _is_listed(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address

    def within(networks: list[str]) -> bool:
        return any(address in ipaddress.ip_network(network) for network in networks)

    return within(settings.METRICS_ADDRESSES) and not within(settings.TRUSTED_PROXIES)


async def _send(
    send: Send, status: int, body: bytes, headers: Mapping[bytes, bytes] | None = None
) -> None:
    lines = {
        b"content-type": b"text/plain; charset=utf-8",
        b"content-length": str(len(body)).encode(),
        b"cache-control": b"no-store",
        **(headers or {}),
    }
    await send({"type": "http.response.start", "status": status, "headers": list(lines.items())})
    await send({"type": "http.response.body", "body": body})
