"""A command of `manage.py` that runs beside a server for as long as that runs.

It is started again when it ends, after pauses that grow. Its input is a pipe that the server holds:
where the server is killed, the pipe's end tells it.
"""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
STOP_SECONDS = 10.0


@contextmanager
def beside(command: str, *arguments: str) -> Iterator[None]:
    companion = _Companion([*_program(), command, *arguments])
    companion.start()
    try:
        yield
    finally:
        companion.stop()


def _program() -> list[str]:
    if settings.IS_INSTALLED:  # -P: what lies in the working folder is not imported
        return [sys.executable, "-P", "-m", "chatproject"]
    return [sys.executable, str(settings.BASE_DIR / "manage.py")]


class _Companion(threading.Thread):
    def __init__(self, command: Sequence[str]) -> None:
        super().__init__(name=" ".join(command[-2:]), daemon=True)
        self._command = command
        self._is_over = threading.Event()
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        pause = FIRST_PAUSE
        while not self._is_over.is_set():
            begun = time.monotonic()
            with self._guard:
                if self._is_over.is_set():
                    return
                # In a session of its own, so that Ctrl-C reaches it by way of the server alone.
                self._process = process = subprocess.Popen(  # noqa: S603 (our own manage.py)
                    self._command, stdin=subprocess.PIPE, start_new_session=True
                )
            status = process.wait()
            if self._is_over.is_set():
                return
            log.warning("%s ended with status %d; it is started again", self._command[-2:], status)
            pause = FIRST_PAUSE if time.monotonic() - begun > LONGEST_PAUSE else 2 * pause
            self._is_over.wait(min(pause, LONGEST_PAUSE))

    def stop(self) -> None:
        self._is_over.set()
        with self._guard:
            process = self._process
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
