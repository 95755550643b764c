"""A TCP proxy on loopback before a real server, which passes answers on late or not at all.

PostgreSQL may also be reached by the folder of its socket, as in its own addresses.
"""

import contextlib
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread


class SlowProxy:
    """Answers wait for `delay` seconds, and for as long as the proxy holds them."""

    def __init__(self, host: str, port: int) -> None:
        self.delay = 0.0
        self.asked = 0  # how often a client has written something since the last `hold`
        self._target = (host, port)
        self._flows = Event()
        self._flows.set()
        self._ended = Event()
        self._lock = Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """No answer is passed on within it."""
        self.asked = 0
        self._flows.clear()
        try:
            yield
        finally:
            self._flows.set()

    @property
    def is_holding(self) -> bool:
        return not self._flows.is_set()

    def close(self) -> None:
        """Also ends the connections that are open: the server is away from now on."""
        self._ended.set()
        self._flows.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                client, _ = self._listener.accept()
                server = self._connect()
            except OSError:
                return
            Thread(target=self._pass, args=(client, server, True), daemon=True).start()
            Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _connect(self) -> socket.socket:
        host, port = self._target
        if not host.startswith("/"):
            return socket.create_connection(self._target)
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    def _pass(self, source: socket.socket, target: socket.socket, is_question: bool) -> None:
        with contextlib.suppress(OSError), contextlib.closing(target):
            while data := source.recv(1 << 16):
                if is_question:
                    with self._lock:
                        self.asked += 1
                else:
                    time.sleep(self.delay)
                    self._flows.wait()
                if self._ended.is_set():
                    return
                target.sendall(data)
