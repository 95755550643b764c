"""The real-time parts of this process: one hub, one writer, started with the server."""

import asyncio
from dataclasses import dataclass, field
from uuid import uuid4

from django.conf import settings

from accounts.auth.socket_authenticator import SocketAuthenticator
from chatproject.realtime import typing
from chatproject.realtime.bus import Bus
from chatproject.realtime.bus.memory import MemoryBus
from chatproject.realtime.bus.redis import RedisBus
from chatproject.realtime.hub import Hub
from chatproject.realtime.limits import AdmissionLimiter, ConnectionLimiter
from chatproject.realtime.presence import queries
from chatproject.realtime.presence.memory import MemoryStore
from chatproject.realtime.presence.presence import Presence
from chatproject.realtime.presence.redis import RedisStore
from chatproject.realtime.presence.store import Store
from chatproject.realtime.typing import TypingNotifier
from conversations.presence import DatabasePresenceQueries
from messaging.search.following import FollowedBus
from messaging.sending.writer import Writer
from messaging.ws.hub_queries import DatabaseHubQueries
from messaging.ws.receipts import Receipts

# Sockets of one process. Those at once share their queries; the others wait, so that who is in
# has to wait for no more than that, and who comes when too many wait is asked to come back.
COMING_IN_AT_ONCE = 16
MOST_COMING_IN = 5_000


@dataclass(frozen=True, slots=True)
class Realtime:
    bus: FollowedBus
    hub: Hub
    writer: Writer
    presence: Presence
    typing_notifier: TypingNotifier
    admission_limiter: AdmissionLimiter
    receipts: Receipts = field(default_factory=Receipts)
    door: SocketAuthenticator = field(default_factory=SocketAuthenticator)
    people: ConnectionLimiter = field(default_factory=ConnectionLimiter)
    addresses: ConnectionLimiter = field(default_factory=ConnectionLimiter)


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
    wires: Bus = RedisBus(settings.REDIS_URL) if settings.REDIS_URL else MemoryBus()
    bus = FollowedBus(wires)
    hub = Hub(bus, DatabaseHubQueries())
    await hub.start()
    presence = Presence(
        bus,
        _presence_store(),
        DatabasePresenceQueries(),
        ttl=settings.PRESENCE_TTL,
        round_seconds=settings.PRESENCE_ROUND,
    )
    typing_notifier = TypingNotifier(bus)
    hub.route(queries.TOPIC, presence.deliver)
    hub.route(typing.KIND, typing_notifier.deliver)
    await presence.start()
    admission_limiter = AdmissionLimiter(at_once=COMING_IN_AT_ONCE, waiting=MOST_COMING_IN)
    return Realtime(
        bus, hub, Writer(hub.publish_here), presence, typing_notifier, admission_limiter
    )
