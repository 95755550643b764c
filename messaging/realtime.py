"""The real-time parts of this process: one hub, one writer, started with the server."""

from dataclasses import dataclass

from chatproject.core.realtime.bus import Bus
from chatproject.core.realtime.hub import Hub
from chatproject.core.realtime.memory import MemoryBus
from messaging.directory import DatabaseDirectory
from messaging.writer import Writer


@dataclass(frozen=True, slots=True)
class Realtime:
    bus: Bus
    hub: Hub
    writer: Writer


_running: Realtime | None = None


async def start() -> Realtime:
    """Starts bus, hub and writer in the running event loop; a second call gives the same."""
    global _running  # noqa: PLW0603 (one set a process)
    if _running is None:
        bus = MemoryBus()
        hub = Hub(bus, DatabaseDirectory())
        await hub.start()
        _running = Realtime(bus, hub, Writer(hub.publish_here))
    return _running


async def stop() -> None:
    """Stores what is queued, tells it, says goodbye to the sockets."""
    global _running
    running, _running = _running, None
    if running is not None:
        await running.writer.stop()
        await running.hub.stop()
