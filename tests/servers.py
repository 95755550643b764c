"""The real server as a process, started, stopped and killed as an operator or a fault would."""

import logging
import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from chatproject.server.embedded_postgres.cluster import Cluster
from tests import database

logging.getLogger("httpx").setLevel(logging.WARNING)

PRODUCT = {"DJANGO_SETTINGS_MODULE": "chatproject.settings"}
START_SECONDS = 60
STOP_SECONDS = 30
PORTS = 15_000, 32_000
_chance = random.SystemRandom()  # hypothesis sets the other one's seed, the same everywhere


class ServerProcess:
    """`manage.py serve` on a free port, with a data folder and a migrated database of its own.

    With `own_postgres` the database is an embedded server in the data folder, with fsync on, which
    `postgres` gives; else it is a database on the tests' server, named by `database_url`. The port
    stays the same over restarts. `env` overrides settings; with PRODUCT in it passwords cost what
    they cost in the product.
    """

    def __init__(
        self, data_dir: Path, *, own_postgres: bool = False, env: dict[str, str] | None = None
    ) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not (data_dir / "static").exists():
            database.lend_static(data_dir)
        self.data_dir = data_dir
        self.log = data_dir / "server.log"
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}/v1/ws"
        self.arguments: tuple[str, ...] = ()  # of `serve`, such as --workers
        self.program: tuple[str, ...] = (sys.executable, "manage.py")
        self.folder = database.ROOT  # in which the program is started
        self.pass_fds: tuple[int, ...] = ()
        self.process: subprocess.Popen[bytes] | None = None
        self.postgres = Cluster(data_dir.resolve() / "postgres") if own_postgres else None
        self._database = "" if own_postgres else database.make_database()
        self.env = self._environment() | (env or {})

    @property
    def database_url(self) -> str:
        return self.postgres.url() if self.postgres else database.url(self._database)

    def _environment(self) -> dict[str, str]:
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.server_settings"}
        env |= {"HOST": "127.0.0.1", "PORT": str(self.port), "DATA_DIR": str(self.data_dir)}
        env["PRESENCE_ROUND"] = "0.3"  # so that a test does not wait for what is told now and then
        for name in ("DATABASE_URL", "SECRET_KEY"):
            env.pop(name, None)
        return env if self.postgres else env | {"DATABASE_URL": self.database_url}

    def start(self) -> Self:
        """Returns when `/readyz` says so. Raises RuntimeError with the log when it doesn't."""
        self.spawn("serve", *self.arguments)
        self.wait_until_ready()
        return self

    def spawn(self, command: str, *arguments: str) -> None:
        """Starts a command of `manage.py` that serves, without waiting for anything."""
        if command == "serve" and self.postgres and not self.postgres.data.exists():
            database.lend_cluster(self.postgres)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.program, command, *arguments],
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=self.pass_fds,
            )

    def wait_until_ready(self, seconds: float = START_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._runs():
            if self.is_ready():
                return
            time.sleep(0.05)
        raise RuntimeError(f"The server did not become ready:\n{self.tail()}")

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.base_url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """SIGTERM; returns the exit code, which is 0 when it ended cleanly."""
        return self.signal(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL; an embedded PostgreSQL stays running, as after a crash."""
        return self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> int:
        assert self.process is not None, "the server was not started"
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def restart(self) -> Self:
        self.stop()
        return self.start()

    def manage(self, *arguments: str) -> str:
        """Runs another `manage.py` command on the same data; returns what it printed."""
        done = subprocess.run(
            [*self.program, *arguments],
            cwd=self.folder,
            env=self.env,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {arguments} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def close(self) -> None:
        """Ends whatever still runs and drops the database."""
        if self._runs():
            self.stop()
        if self.postgres:
            with self.postgres.lock():
                self.postgres.stop()
        else:
            database.drop(self._database)

    def tail(self, lines: int = 60) -> str:
        """The end of what the server printed."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def free_port() -> int:
    """One that nobody listens on, below those that the kernel gives to clients: one of theirs could
    be taken, until the caller listens, by any connection that a test beside this one opens."""
    while True:
        port = _chance.randrange(*PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
