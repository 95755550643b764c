"""The process kills itself at the nth call of a function, before or after it."""

import os
import signal
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.apps import AppConfig


class FailpointConfig(AppConfig):
    name = "tests.messaging.archive.failpoint"
    label = "archive_failpoint"

    def ready(self) -> None:
        from messaging.archive import keeping, pruning

        pruning.GRACE, pruning.BATCH = timedelta(), 15
        keeping.KEEP_REMOVED = keeping.KEEP_UNPUBLISHED = timedelta()
        place = os.environ.get("FAILPOINT")
        if place:
            when, name, number = place.split()
            module, _, function = name.rpartition(".")
            _arm(import_module(f"messaging.archive.{module}"), function, when, int(number))


def _arm(module: Any, function: str, when: str, number: int) -> None:
    real, calls = getattr(module, function), 0

    def crash(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **kwargs)
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, function, crash)
