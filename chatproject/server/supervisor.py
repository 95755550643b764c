"""Runs several server processes on one port, from a process that serves nothing itself.

Each worker has its own listening socket on the shared port, and the kernel spreads the connections
evenly. The supervisor keeps all sockets open, so that connections wait, instead of being refused,
while a worker is restarted. Over a pipe each worker sends its heartbeat; if the supervisor itself
is killed, the workers notice by the pipe.
"""

import logging
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.core.management.base import CommandError

from chatproject.server.heartbeat import HEARTBEAT_SECONDS
from chatproject.server.metrics import worker_files
from chatproject.server.serve import EXIT_SECONDS

log = logging.getLogger(__name__)

SILENT_SECONDS = 30.0  # a worker without a heartbeat for so long is replaced
STOP_SECONDS = EXIT_SECONDS + 4.0  # then workers are killed; one may be frozen
SOON = 5.0  # seconds; a worker that ends sooner is restarted after a pause
LONGEST_PAUSE = 30.0

Command = Callable[
    [int, int], Sequence[str]
]  # of the listening socket's and the heartbeat's number


@dataclass
class Worker:
    """A slot for a worker, and the process that runs in it now."""

    listener: socket.socket
    process: subprocess.Popen[bytes] | None = None
    heartbeat: int = -1
    is_ready: bool = False
    begun_at: float = 0.0
    heard_at: float = 0.0
    pause: float = 0.0
    due_at: float = field(default=0.0)


class Supervisor:
    def __init__(
        self,
        listeners: Sequence[socket.socket],
        command: Command,
        on_ready: Callable[[], None],
        metrics_folder: Path,
    ) -> None:
        """`on_ready` is called once, when all workers serve. The workers' numbers are shared in
        `metrics_folder`, which is emptied."""
        self._workers = [Worker(listener) for listener in listeners]
        self._command = command
        self._on_ready = on_ready
        self._metrics = worker_files.begin(metrics_folder)
        self._was_ready = False
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Until an exception ends it, as `serve.stoppable` raises one for SIGTERM.

        Raises CommandError when a worker ends before all of them have served once.
        """
        try:
            while True:
                for worker in self._workers:
                    self._check(worker)
                for key, _ in self._selector.select(HEARTBEAT_SECONDS):
                    self._hear(key.data)
        finally:
            self._end()

    def _check(self, worker: Worker) -> None:
        now = time.monotonic()
        if worker.process is None:
            if now >= worker.due_at:
                self._start(worker)
        elif (status := worker.process.poll()) is not None:
            self._replace_later(worker, status)
        elif worker.is_ready and now - worker.heard_at > SILENT_SECONDS:
            log.error("worker %d stands still and is killed", worker.process.pid)
            worker.process.kill()
            worker.heard_at = now

    def _start(self, worker: Worker) -> None:
        worker.heartbeat, theirs = os.pipe()
        numbers = (worker.listener.fileno(), theirs)
        try:
            # In a session of its own, so that Ctrl-C reaches it by way of the supervisor alone.
            worker.process = subprocess.Popen(  # noqa: S603 (our own manage.py)
                self._command(*numbers),
                pass_fds=numbers,
                start_new_session=True,
                env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(self._metrics)},
            )
        finally:
            os.close(theirs)
        worker.is_ready = False
        worker.begun_at = worker.heard_at = time.monotonic()
        self._selector.register(worker.heartbeat, selectors.EVENT_READ, worker)

    def _hear(self, worker: Worker) -> None:
        if not os.read(worker.heartbeat, 4096):  # the worker has ended, or is about to
            self._stop_hearing(worker)
            return
        worker.heard_at = time.monotonic()
        worker.is_ready = True
        if not self._was_ready and all(each.is_ready for each in self._workers):
            self._was_ready = True
            self._on_ready()

    def _replace_later(self, worker: Worker, status: int) -> None:
        assert worker.process is not None
        if not self._was_ready:
            raise CommandError(f"A worker ended with {status} before it served. Its log tells why.")
        now = time.monotonic()
        was_short = now - worker.begun_at < SOON
        worker.pause = min(max(worker.pause * 2, 1.0), LONGEST_PAUSE) if was_short else 0.0
        log.warning("worker %d ended with %d; another takes its place", worker.process.pid, status)
        worker_files.retire(self._metrics, worker.process.pid)
        self._stop_hearing(worker)
        worker.process = None
        worker.due_at = now + worker.pause

    def _stop_hearing(self, worker: Worker) -> None:
        if worker.heartbeat >= 0:
            self._selector.unregister(worker.heartbeat)
            os.close(worker.heartbeat)
            worker.heartbeat = -1

    def _end(self) -> None:
        """Ends all workers gracefully, and kills those that take too long."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        deadline = time.monotonic() + STOP_SECONDS
        processes = [each.process for each in self._workers if each.process is not None]
        for worker in self._workers:
            worker.listener.close()  # new connections are refused, and go elsewhere
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.exception("worker %d does not end and is killed", process.pid)
                process.kill()
                process.wait()
        self._selector.close()
