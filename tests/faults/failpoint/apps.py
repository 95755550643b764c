import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig

from chatproject.realtime.bus import Publication
from chatproject.realtime.hub import Hub


class FailpointConfig(AppConfig):
    name = "tests.faults.failpoint"
    label = "failpoint"

    def ready(self) -> None:
        """Both ways to the bus, from threads and from the event loop, lead past the failpoint."""
        for name in ("publish", "publish_here"):
            setattr(Hub, name, _past(getattr(Hub, name)))


def _past(publish: Any) -> Any:
    armed = Path(os.environ["FAILPOINT"])

    def crash_or_publish(hub: Hub, publications: Sequence[Publication]) -> None:
        """The file arms it, for one crash. What has no rev is no message, and goes on."""
        if armed.exists() and any(publication.rev for publication in publications):
            armed.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        publish(hub, publications)

    return crash_or_publish
