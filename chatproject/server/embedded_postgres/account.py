"""The account under which the embedded PostgreSQL runs, and the permissions that it needs.

PostgreSQL refuses to run as root. Then it runs under a user id that has no account and that nothing
else uses, so that nobody but root and the database itself can reach the data.
"""

import logging
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from chatproject.server.embedded_postgres import PostgresFailed

log = logging.getLogger(__name__)

# Neither Debian nor systemd gives out 65520 to 65533.
UNPRIVILEGED_ID = 65526


class Account(NamedTuple):
    uid: int
    gid: int

    @classmethod
    def for_folder(cls, data: Path) -> "Account":
        """Whoever runs this process; for root, the owner of the data, who is never root."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        if data.exists() and data.stat().st_uid != 0:
            return cls(data.stat().st_uid, data.stat().st_gid)
        return cls(UNPRIVILEGED_ID, UNPRIVILEGED_ID)

    @classmethod
    def for_initdb(cls) -> "Account":
        """`initdb` alone insists on an account with a name."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()

    def run(self, command: list[str], *, timeout: float) -> subprocess.CompletedProcess[str]:
        """Runs a program of PostgreSQL in a bare environment, out of reach of the terminal's keys.

        Raises subprocess.TimeoutExpired.
        """
        identity: dict[str, Any] = (
            {} if self.is_ours else {"user": self.uid, "group": self.gid, "extra_groups": []}
        )
        return subprocess.run(  # noqa: S603 (programs of our own wheel)
            command,
            check=False,
            timeout=timeout,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
            umask=0o077,
            start_new_session=True,
            **identity,
        )

    def give(self, path: Path) -> None:
        """Makes the account the owner of a file or of a folder with all that is in it."""
        if self.is_ours:
            return
        shutil.chown(path, self.uid, self.gid)
        for folder, folders, files in os.walk(path):
            for name in folders + files:
                os.chown(Path(folder, name), self.uid, self.gid, follow_symlinks=False)

    def open_way_to(self, path: Path) -> None:
        """Lets the account pass through the folders above `path`; never lets it read them."""
        if self.is_ours:
            return
        for folder in reversed(path.parents):
            if not self._may_pass(folder.stat()):
                folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)
                if folder != path.parent:  # which is DATA_DIR, our own
                    log.warning("PostgreSQL, not being root, has to pass: chmod o+x %s", folder)

    def open_programs(self, install: Path) -> None:
        """Lets the account read and run the wheel's files, which a strict umask may forbid."""
        if self.is_ours:
            return
        self.open_way_to(install)
        if install.stat().st_mode & stat.S_IXOTH:
            return
        for folder, _, files in os.walk(install):
            for path in (Path(folder), *(Path(folder, name) for name in files)):
                _open_to_others(path)

    def _may_pass(self, folder: os.stat_result) -> bool:
        if folder.st_uid == self.uid:
            return bool(folder.st_mode & stat.S_IXUSR)
        if folder.st_gid == self.gid:
            return bool(folder.st_mode & stat.S_IXGRP)
        return bool(folder.st_mode & stat.S_IXOTH)


def refuse_foreign(data: Path) -> None:
    """Raises PostgresFailed when the data belongs to somebody whom this process cannot act for."""
    if os.geteuid() == 0 or not data.exists() or data.stat().st_uid == os.geteuid():
        return
    raise PostgresFailed(
        f"The database in {data} belongs to another user (id {data.stat().st_uid}). Run this as "
        "that user or as root, or set DATA_DIR to a folder of your own."
    )


def _open_to_others(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    execute = stat.S_IXOTH if mode & stat.S_IXUSR else 0
    path.chmod(mode | stat.S_IROTH | execute)
