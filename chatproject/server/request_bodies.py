"""Reads the bodies of requests in the event loop, before a thread is taken for the request."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestAborted

from chatproject.core.errors import Refusal

WRITTEN_AT_ONCE = 64 * 1024  # bytes of a body, which are held in memory until then

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


async def read_body(
    receive: Receive, most: int, refusal: Callable[[], Refusal]
) -> "SpooledTemporaryFile[bytes]":
    """The whole body, on disk where it is larger than 64 KiB.

    Raises RequestAborted, the refusal of a larger one, or the OSError of a disk that cannot take
    it. Both are raised after the body was read to its end: most clients read no answer before they
    have sent everything.
    """
    body: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(  # noqa: SIM115 (the caller's)
        max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, dir=settings.FILE_UPLOAD_TEMP_DIR
    )
    size, goes_on, waiting = 0, True, bytearray()
    failure: Exception | None = None
    while goes_on:
        message = await receive()
        if message["type"] == "http.disconnect":
            body.close()
            raise RequestAborted
        waiting += message.get("body", b"")
        size += len(message.get("body", b""))
        goes_on = message.get("more_body", False)
        if failure is None and size > most:
            failure = refusal()
        if failure is None and (len(waiting) >= WRITTEN_AT_ONCE or not goes_on):
            try:
                await _write(body, bytes(waiting))
            except OSError as error:
                failure = error
        if failure is not None or len(waiting) >= WRITTEN_AT_ONCE:
            waiting.clear()
        if failure is not None:
            body.close()  # frees the disk
    if failure is not None:
        raise failure
    body.seek(0)
    return body


async def _write(body: "SpooledTemporaryFile[bytes]", data: bytes) -> None:
    """A small body stays in memory. A large one goes to a thread, since a busy disk would hold up
    every socket. Raises OSError."""
    if len(data) < WRITTEN_AT_ONCE:
        body.write(data)
    else:
        await asyncio.to_thread(body.write, data)
