"""The real-time parts of this process: one hub, one writer, started with the server."""

import asyncio
from dataclasses import dataclass, field
from uuid import uuid4

from django.conf import settings

from accounts.handshake import Door
from chatproject.core.realtime import typists as typing
from chatproject.core.realtime.bus import Bus
from chatproject.core.realtime.hub import Hub
from chatproject.core.realtime.limits import Seats, Turnstile
from chatproject.core.realtime.memory import MemoryBus
from chatproject.core.realtime.presence import rights
from chatproject.core.realtime.presence.memory import MemoryStore
from chatproject.core.realtime.presence.presence import Presence
from chatproject.core.realtime.presence.redis import RedisStore
from chatproject.core.realtime.presence.store import Store
from chatproject.core.realtime.redis_bus import RedisBus
from chatproject.core.realtime.typists import Typists
from conversations.presence import DatabaseBook
from messaging.directory import DatabaseDirectory
from messaging.receipts import Receipts
from messaging.writer import Writer

# Sockets of one process. Those at once share their queries; the others wait, so that who is in
# has to wait for no more than that, and who comes when too many wait is asked to come back.
COMING_IN_AT_ONCE = 16
MOST_COMING_IN = 5_000


@dataclass(frozen=True, slots=True)
class Realtime:
    bus: Bus
    hub: Hub
    writer: Writer
    presence: Presence
    typists: Typists
    turnstile: Turnstile
    receipts: Receipts = field(default_factory=Receipts)
    door: Door = field(default_factory=Door)
    people: Seats = field(default_factory=Seats)
    addresses: Seats = field(default_factory=Seats)


_starting: asyncio.Task[Realtime] | None = None


async def start() -> Realtime:
    """Starts bus, hub and writer in the running event loop; a second call gives the same.

    The server calls it before its first request; under `runserver`, which tells no application that
    it begins, the first socket or probe does.
    """
    global _starting  # noqa: PLW0603 (one set a process)
    if _starting is None:
        _starting = asyncio.create_task(_start())
    return await asyncio.shield(_starting)


def _presence_store() -> Store:
    process = uuid4().hex
    if settings.REDIS_URL:
        return RedisStore(settings.REDIS_URL, process, ttl=settings.PRESENCE_TTL)
    return MemoryStore(process, ttl=settings.PRESENCE_TTL)


async def stop() -> None:
    """Stores what is queued, tells it, says goodbye to the sockets."""
    global _starting
    starting, _starting = _starting, None
    if starting is not None:
        running = await starting
        await running.writer.stop()
        await running.presence.stop()
        await running.hub.stop()


async def _start() -> Realtime:
    bus: Bus = RedisBus(settings.REDIS_URL) if settings.REDIS_URL else MemoryBus()
    hub = Hub(bus, DatabaseDirectory())
    await hub.start()
    presence = Presence(
        bus,
        _presence_store(),
        DatabaseBook(),
        ttl=settings.PRESENCE_TTL,
        round_seconds=settings.PRESENCE_ROUND,
    )
    typists = Typists(bus)
    hub.route(rights.TOPIC, presence.deliver)
    hub.route(typing.KIND, typists.deliver)
    await presence.start()
    turnstile = Turnstile(at_once=COMING_IN_AT_ONCE, waiting=MOST_COMING_IN)
    return Realtime(bus, hub, Writer(hub.publish_here), presence, typists, turnstile)
