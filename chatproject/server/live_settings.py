"""Settings that a running server takes over from SETTINGS_FILE without a restart.

The file is read anew when `manage.py reload_settings` says so to every process, and whenever the
reconciler sees that it has changed. What is wrong with it is logged, and changes nothing.
"""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from chatproject.environment import Environment
from chatproject.environment.live_settings import read_live_settings
from chatproject.environment.settings_file import with_file

logger = logging.getLogger(__name__)

SETTINGS_CHANGED = "settings.changed"  # without fields: each process reads its own machine's file

_read_version = 0


async def reload_if_changed() -> None:
    if settings.SETTINGS_FILE and _version(settings.SETTINGS_FILE) != _read_version:
        reload()


def reload() -> bool:
    """Takes the settings over that may change while the server runs; False where the file is wrong.

    A name that the process' environment sets keeps that value.
    """
    global _read_version  # noqa: PLW0603 (one file a process)
    if not settings.SETTINGS_FILE:
        return True
    _read_version = _version(settings.SETTINGS_FILE)
    environment = with_file(Environment(os.environ), settings.SETTINGS_FILE)
    values = read_live_settings(environment)
    if environment.problems:
        for problem in environment.problems:
            logger.error("settings are not reloaded: %s %s", problem.message, problem.hint)
        return False
    if changed := _changed(values):
        for name, value in changed.items():
            setattr(settings, name, value)
        logger.info("settings reloaded: %s", ", ".join(sorted(changed)))
    return True


def _changed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if getattr(settings, name) != value}


def _version(path: Path) -> int:
    """Differs after each change of the file; -1 where it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1
