"""Runs PostgreSQL's own programs on the database of the settings."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from chatproject.core.errors import Conflict
from chatproject.server.embedded_postgres import PostgresFailed
from chatproject.server.embedded_postgres.cluster import program

# Of Django's OPTIONS, those that are not libpq's.
NOT_LIBPQ = {"pool", "server_side_binding", "assume_role", "isolation_level", "service", "passfile"}


class ProgramFailed(Conflict):
    """The detail is the program's error output."""

    code = "program_failed"


def run(name: str, *arguments: str, with_database: bool = True) -> None:
    """Runs a program to its end. Raises ProgramFailed, or PostgresFailed when it is missing."""
    command = [_path(name), *arguments]
    if with_database:
        command.append(f"--dbname={_conninfo()}")
    done = subprocess.run(  # noqa: S603 (PostgreSQL's own)
        command,
        check=False,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PGPASSWORD": settings.DATABASES["default"].get("PASSWORD") or ""},
    )
    if done.returncode:
        raise ProgramFailed(f"{name} failed: {done.stderr.strip()[-2000:]}")


def _path(name: str) -> str:
    try:
        path = program(name)
    except PostgresFailed:
        path = ""
    if Path(path).is_file():
        return path
    found = shutil.which(name)
    if found is None:
        raise PostgresFailed(
            f"{name} is missing. Install requirements.txt, or PostgreSQL's client."
        )
    return found


def connect() -> psycopg.Connection[tuple[Any, ...]]:
    """A connection outside of Django's pool."""
    password = settings.DATABASES["default"].get("PASSWORD") or None
    return psycopg.connect(_conninfo(), password=password, autocommit=True)


def _conninfo() -> str:
    """The connection string without the password, since arguments are visible to everybody."""
    database = settings.DATABASES["default"]
    parts: dict[str, Any] = {
        "dbname": connection.settings_dict["NAME"],
        "user": database.get("USER"),
        "host": database.get("HOST"),
        "port": database.get("PORT"),
        **{key: it for key, it in database["OPTIONS"].items() if key not in NOT_LIBPQ},
    }
    return make_conninfo(**{key: value for key, value in parts.items() if value not in (None, "")})
