"""The installation as people reach it: TLS, the proxy and what it passes on, WebSockets."""

import asyncio
import json
import socket
import ssl
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from chatproject.management.doctor.clocks import clock_finding
from chatproject.management.doctor.findings import Check, Finding, failed, graded, ok, warning
from chatproject.server import doctor_probe

PATIENCE = 10.0  # seconds
DAY = 24 * 3600
DAYS_WARNING, DAYS_FAILURE = 21, 3  # that a certificate is still good for
# Of a network for documentation, which nobody has.
STRANGER = "203.0.113.77"
PROXY = "see deploy/nginx/chat.conf or deploy/caddy/Caddyfile"


class Outside:
    """The checks of one address. `authorities` may have signed its certificate, beside those of
    the system."""

    def __init__(self, url: SplitResult, authorities: Path | None) -> None:
        self.url = url
        self.base = url.geturl().rstrip("/")
        self.trust = ssl.create_default_context()
        if authorities is not None:
            self.trust.load_verify_locations(authorities)
        self._get = partial(
            httpx.get, verify=self.trust, timeout=PATIENCE, trust_env=False, follow_redirects=False
        )

    def checks(self) -> list[Check]:
        remedy = f"Does the proxy run, and lead {self.url.hostname} here? ({PROXY})"
        return [
            Check("tls", self.check_tls, remedy),
            Check("page", self.check_page, remedy),
            Check("proxy", self.check_proxy, remedy),
            Check("websocket", self.check_websocket, remedy),
        ]

    def check_tls(self) -> Iterator[Finding]:
        if self.url.scheme != "https":
            remedy = "Put a proxy with TLS before the server and set PUBLIC_URL to https://…"
            yield warning("tls", "The address is not https.", remedy)
            return
        address = (self.url.hostname or "", self.url.port or 443)
        try:
            with (
                socket.create_connection(address, PATIENCE) as raw,
                self.trust.wrap_socket(raw, server_hostname=address[0]) as wrapped,
            ):
                certificate: Any = wrapped.getpeercert()
                version = wrapped.version()
        except ssl.SSLCertVerificationError as error:
            remedy = "Renew the certificate, for this name and with the whole chain."
            yield failed("tls", f"The certificate is not valid: {error.verify_message}.", remedy)
            return
        days = (ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) / DAY
        yield graded(
            "tls",
            -days,
            warn=-DAYS_WARNING,
            fail=-DAYS_FAILURE,
            text=f"{version}; the certificate is good for {days:.0f} days.",
            remedy="Renew it. Certificates of Let's Encrypt are renewed 30 days before their end.",
        )

    def check_page(self) -> Iterator[Finding]:
        before = time.time()
        answer = self._get(f"{self.base}/login")
        if "date" in answer.headers:  # which has no fractions of a second
            theirs = parsedate_to_datetime(answer.headers["date"]).timestamp()
            yield clock_finding("clock", before - 1, theirs, time.time())
        if answer.is_redirect:
            told = f"It is redirected to {answer.headers['location']}."
            remedy = f"Let the proxy set X-Forwarded-Proto, and TRUSTED_PROXIES name it ({PROXY})."
            yield failed("page", told, remedy)
        elif answer.status_code == 400:
            remedy = "Let the proxy pass Host on, and set PUBLIC_URL to this address."
            yield failed("page", "The server does not know the name.", remedy)
        elif answer.status_code != 200 or "content-security-policy" not in answer.headers:
            remedy = f"Is it the chat that answers there? ({PROXY})"
            yield failed("page", f"/login is answered with {answer.status_code}.", remedy)
        elif self.url.scheme == "https" and "strict-transport-security" not in answer.headers:
            remedy = "Set PUBLIC_URL to the https address and restart the servers."
            yield failed("page", "It has no Strict-Transport-Security.", remedy)
        else:
            yield ok("page", "/login is answered, with its safety headers.")

    def check_proxy(self) -> Iterator[Finding]:
        """As the server sees a request that claims to be of a stranger."""
        lies = {"x-forwarded-for": STRANGER, "x-forwarded-proto": "http", "forwarded": STRANGER}
        answer = self._get(
            f"{self.base}/healthz", headers={**lies, doctor_probe.HEADER: doctor_probe.question()}
        )
        seen = answer.json().get("seen") if answer.status_code == 200 else None
        if seen is None:
            remedy = "Let it pass /healthz on. Else run this with the SECRET_KEY of the server."
            yield warning("proxy", "It cannot be seen what the proxy passes on.", remedy)
            return
        yield from self._as_seen(seen)
        inner = [
            path
            for path in ("/readyz", "/metrics")
            if self._get(f"{self.base}{path}").status_code not in (401, 403, 404)
        ]
        if inner:
            remedy = f"Let the proxy answer them with 404 ({PROXY})."
            yield warning("inner paths", f"Anybody can read {' and '.join(inner)}.", remedy)

    def _as_seen(self, seen: dict[str, str]) -> Iterator[Finding]:
        header = "proxy_set_header X-Forwarded-{} in nginx; Caddy does so by itself"
        if seen["client"] == STRANGER:
            remedy = f"Let the proxy set X-Forwarded-For anew, not add to it ({PROXY})."
            yield failed("client's address", "Clients can claim any address.", remedy)
        elif self.url.scheme == "https" and seen["scheme"] != "https":
            remedy = f"{header.format('Proto')}; TRUSTED_PROXIES has to name the proxy."
            yield failed("proxy", "The server believes that https is http.", remedy)
        else:
            yield ok("client's address", f"The server sees {seen['client']}.")
        if seen["host"].partition(":")[0] != self.url.hostname:
            remedy = f"Let the proxy pass Host on ({PROXY})."
            yield failed("host", f"The server sees the name {seen['host']}.", remedy)
        else:
            yield ok("host", f"The server sees {seen['host']}.")

    def check_websocket(self) -> Iterator[Finding]:
        """Opens a socket as a program does, and is refused by the chat itself."""
        try:
            told = asyncio.run(self._first_word())
        except (WebSocketException, OSError) as error:
            remedy = f"Let the proxy pass Upgrade and Connection on, by HTTP/1.1 ({PROXY})."
            yield failed("websocket", f"It does not open: {error}", remedy)
            return
        if told.get("type") == "error":
            yield ok("websocket", "It opens, and the chat answers.")
        else:
            yield failed("websocket", "Another program answers.", f"Look at the proxy ({PROXY}).")

    async def _first_word(self) -> dict[str, Any]:
        """The first frame from the server, which refuses the token. Raises what connecting raises.

        `websockets.sync` reads and writes in two threads, which Python's `ssl` does not allow: over
        TLS one of some 500 connects hangs.
        """
        address = f"{self.base}/v1/ws".replace("http", "ws", 1)
        context = self.trust if self.url.scheme == "https" else None
        async with connect(
            address, ssl=context, open_timeout=PATIENCE, close_timeout=1, proxy=None
        ) as opened:
            await opened.send(json.dumps({"type": "auth", "token": "the doctor has none"}))
            async with asyncio.timeout(PATIENCE):
                told: dict[str, Any] = json.loads(await opened.recv())
        return told
