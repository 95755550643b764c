"""A worker's heartbeat to its supervisor, and how it notices that the supervisor has ended."""

import asyncio
import os
import signal

HEARTBEAT_SECONDS = 1.0


class Heartbeat:
    """The worker's end of the pipe to its supervisor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        os.set_blocking(descriptor, False)

    def begin(self) -> None:
        """Starts the heartbeat in the running event loop, so that it stops when the loop hangs."""
        self._beat()

    def _beat(self) -> None:
        try:
            os.write(self._descriptor, b".")
        except BlockingIOError:
            pass  # the supervisor has not read for long; it may be frozen
        except BrokenPipeError:
            signal.raise_signal(signal.SIGTERM)
            return
        asyncio.get_running_loop().call_later(HEARTBEAT_SECONDS, self._beat)
