"""Reads ranges of stored files within a time limit, so that a slow storage slows nothing else.

People wait for an archived page SECONDS at most. Reads have threads of their own, READERS of them;
whoever finds no free one waits within the same bound. When a read was not there in time, those of
the next PAUSE seconds are refused at once, so that requests do not pile up. The commands that work
on the archive wait for as long as the storage does (`patient`).
"""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from threading import Lock

from chatproject.core.storage import file_storage
from messaging.archive.errors import ArchiveNotWritten, ArchiveUnavailable

SECONDS = 5.0
PAUSE = 10.0
READERS = 8

_is_patient: ContextVar[bool] = ContextVar("_is_patient", default=False)


@cache
def store_errors() -> tuple[type[Exception], ...]:
    """What a storage raises, a folder as well as a bucket. Asked for when something was raised: to
    load boto3 takes a tenth of the start of every command, and few have a bucket."""
    from boto3.exceptions import Boto3Error  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    return OSError, BotoCoreError, ClientError, Boto3Error


@contextmanager
def unavailable_on_error() -> Iterator[None]:
    """Turns what the storage raises into ArchiveUnavailable."""
    try:
        yield
    except store_errors() as error:
        raise ArchiveUnavailable from error


@contextmanager
def not_written_on_error() -> Iterator[None]:
    """Turns what the storage, or the local disk, raises into ArchiveNotWritten."""
    try:
        yield
    except store_errors() as error:
        raise ArchiveNotWritten.because(error) from error


@contextmanager
def patient() -> Iterator[None]:
    """Within it reads take as long as they take."""
    token = _is_patient.set(True)
    try:
        yield
    finally:
        _is_patient.reset(token)


class StoreReads:
    """Reads ranges in threads, which stay with a read that was given up until it ends."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._refused_until = 0.0
        self._threads: ThreadPoolExecutor | None = None

    def read(self, key: str, start: int, size: int) -> bytes:
        """Raises ArchiveUnavailable, also when it took too long."""
        if _is_patient.get():
            with unavailable_on_error():
                return file_storage().read_range(key, start, size)
        if time.monotonic() < self._refused_until:
            raise ArchiveUnavailable
        reading = self._submit(key, start, size)
        try:
            with unavailable_on_error():
                return reading.result(timeout=SECONDS)
        except ArchiveUnavailable as refusal:
            if isinstance(refusal.__cause__, TimeoutError) and not reading.done():
                reading.cancel()
                self._refused_until = time.monotonic() + PAUSE
            raise

    def forget(self) -> None:
        """The next read is tried, whatever the last one came to."""
        self._refused_until = 0.0

    def _submit(self, key: str, start: int, size: int) -> "Future[bytes]":
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="archive")
            return self._threads.submit(file_storage().read_range, key, start, size)


STORE_READS = StoreReads()
