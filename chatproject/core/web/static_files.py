"""Collects static files when they changed, and serves them before Django sees the request."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise import WhiteNoise
from whitenoise.responders import StaticFile

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

CHUNK = 256 * 1024
HASHED = re.compile(r"\.[0-9a-f]{12}\.[^/]+$")


class StaticFiles:
    """Serves the files in STATIC_ROOT, hashed names as immutable; passes other requests on."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._files: dict[str, StaticFile] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self._find(scope) if scope["type"] == "http" else None
        if file is None:
            await self._application(scope, receive, send)
        else:
            await _send_file(file, scope, send)

    def _find(self, scope: Scope) -> StaticFile | None:
        if not scope["path"].startswith(settings.STATIC_URL):
            return None
        if self._files is None:  # at the first request, since collecting comes before serving
            self._files = _whitenoise().files
        return self._files.get(scope["path"])


def collect_if_changed() -> bool:
    """Collects all static files again if any source file changed; returns whether it did."""
    stamp = settings.STATIC_ROOT / ".collected"
    print_now = _fingerprint()
    if stamp.exists() and stamp.read_text() == print_now:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(print_now)
    return True


def _fingerprint() -> str:
    """A hash of the names, sizes and times of all source files, and of the storage class."""
    lines = [settings.STORAGES["staticfiles"]["BACKEND"]]
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            lines.append(f"{name} {found.st_size} {found.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _whitenoise() -> WhiteNoise:
    return WhiteNoise(
        None,
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        allow_all_origins=False,
        immutable_file_test=HASHED.pattern,
        add_headers_function=_add_headers,
    )


def _add_headers(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


async def _send_file(file: StaticFile, scope: Scope, send: Send) -> None:
    response = file.get_response(scope["method"], dict(_environ(scope["headers"])))
    headers = [(name.lower().encode(), value.encode()) for name, value in response.headers]
    await send({"type": "http.response.start", "status": int(response.status), "headers": headers})
    if response.file is not None:
        with response.file as opened:
            while chunk := await asyncio.to_thread(opened.read, CHUNK):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _environ(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[str, str]]:
    """Converts header names to WSGI's, which WhiteNoise expects."""
    for name, value in headers:
        yield "HTTP_" + name.decode("latin1").upper().replace("-", "_"), value.decode("latin1")
