"""Running a command as a script does: with an exit code and a JSON report; and as a process."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from messaging.maintenance.integrity_check.differences import Difference
from messaging.maintenance.integrity_check.heads import check_heads
from messaging.maintenance.integrity_check.periods import check_periods
from tests import database


def run(command: str, *arguments: str) -> tuple[int, Any]:
    """The exit code and the report, or what was said instead of one."""
    out = io.StringIO()
    try:
        call_command(command, "--json", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, json.loads(out.getvalue()) if out.getvalue() else str(error)
    return 0, json.loads(out.getvalue())


def spawn(
    name: str, data_dir: Path, *arguments: str, env: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    """`manage.py` with the arguments, on a database of the tests' server."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=database.ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "chatproject.settings",
            "DATABASE_URL": database.url(name),
            "DATA_DIR": str(data_dir),
            **(env or {}),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def entries(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("id"))


def unsound() -> list[Difference]:
    """What `check_unread` finds."""
    return [
        it
        for check in (check_heads, check_periods)
        for batch in check()
        for it in batch.differences
    ]
