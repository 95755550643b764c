"""Composes and starts the real-time parts of a process: bus, hub, control plane, writer, presence.

Imports every app, as `urls` and `routing` do. Its contract with the sockets is
`messaging.ws.runtime`.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection

from chatproject import push
from chatproject.core import metrics, traces
from chatproject.core.db.distributed import distribution
from chatproject.core.db.distributed.nodes import nodes
from chatproject.realtime import control, typing
from chatproject.realtime.bus import Bus
from chatproject.realtime.bus.memory import MemoryBus
from chatproject.realtime.control.layer import ControlPlane
from chatproject.realtime.database_threads import in_database_thread, wait_for_database_threads
from chatproject.realtime.hub import Hub
from chatproject.realtime.limits import AdmissionLimiter, TextPace
from chatproject.realtime.presence.memory import MemoryStore
from chatproject.realtime.presence.presence import Presence
from chatproject.realtime.presence.store import Store
from chatproject.realtime.redis_servers import servers_of
from chatproject.realtime.typing import TypingNotifier
from chatproject.server import live_settings
from chatproject.server.fair_share import FairShare
from conversations.presence import DatabasePresenceQueries
from messaging.inbox import shared_sends
from messaging.inbox.recent_sends import RECENT_SENDS
from messaging.inbox.shared_sends import SharedSends
from messaging.integrations.following import WebhookFollower
from messaging.link_preview_follower import LinkFollower
from messaging.moderation import word_filters
from messaging.reads.cache import shared_pages
from messaging.reads.cache.latest_page_cache import latest_pages
from messaging.reads.cache.shared_pages import SharedPages
from messaging.search.following import FollowedBus, IndexFollower
from messaging.sending.writer import Writer
from messaging.web_push.following import DeviceFollower
from messaging.ws import runtime
from messaging.ws.frame_shares import FrameShares
from messaging.ws.hub_queries import DatabaseHubQueries
from messaging.ws.runtime import Realtime

if TYPE_CHECKING:
    from chatproject.server.embedded_postgres.base import DatabaseWrapper

# The characters that all sockets of a person may send: two of the longest messages per second.
CHARACTERS_PER_SECOND = 16 * 1024
# Sockets of one process that connect at once, and share their queries; others wait, so that open
# sockets are not delayed by more than that. Beyond the second number a client is told to come back.
CONNECTING_AT_ONCE = 16
MOST_CONNECTING = 5_000
# Parts of the time in which `serve` has to end: to store and answer the drafts that were taken in,
# and to get the answers to slow clients.
DRAIN_SECONDS, TAKE_SECONDS = 4.0, 1.0
# A `sync` reads many conversations and has a large answer: one at a time per person, over REST and
# all sockets together. The callers bound how many wait.
SYNCS = FairShare(running=1, waiting=100_000)


@dataclass(frozen=True, slots=True)
class Running:
    """The parts for the sockets, the control plane, and what follows the log beside them."""

    realtime: Realtime
    control_plane: ControlPlane
    index_follower: IndexFollower
    webhook_follower: WebhookFollower
    device_follower: DeviceFollower
    link_follower: LinkFollower | None  # where links have previews
    shared_pages: SharedPages | None  # where there is Redis


_starting: asyncio.Task[Running] | None = None


async def start() -> Realtime:
    """Starts the parts in the running event loop; a second call returns the same.

    The server calls it before its first request; under `runserver`, which has no start-up hook, the
    first socket or probe does.
    """
    global _starting  # noqa: PLW0603 (one a process)
    if _starting is None:
        # Outside the context of the socket whose request may have started this.
        _starting = asyncio.create_task(_start(), context=Context())
    return (await asyncio.shield(_starting)).realtime


def do_sends_wait() -> bool:
    """Whether any draft is queued or in flight in this process."""
    if _starting is None or not _starting.done() or _starting.cancelled():
        return False
    return _starting.exception() is None and not _starting.result().realtime.writer.is_idle


async def drain() -> None:
    """Stores and answers what the sockets have sent, before the server closes them.

    New drafts are refused as unavailable, so that clients send them again elsewhere. After
    DRAIN_SECONDS waiting ones are refused too, since they could not be acknowledged any more.
    """
    if _starting is None:
        return
    realtime = (await asyncio.shield(_starting)).realtime
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            await realtime.writer.drain()
            await realtime.receipts.drain()
            await wait_for_database_threads()
    realtime.writer.refuse_waiting()
    await asyncio.sleep(0)  # sockets write what a turn of the loop has for them at its end
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(TAKE_SECONDS):
            await realtime.hub.drained()


async def stop() -> None:
    """Stores what is queued, publishes it, closes the sockets."""
    global _starting
    starting, _starting = _starting, None
    if starting is not None:
        running = await starting
        RECENT_SENDS.listener = None
        await running.realtime.writer.stop()
        await running.index_follower.stop()
        await running.webhook_follower.stop()
        await running.device_follower.stop()
        if running.link_follower:
            await running.link_follower.stop()
        if running.shared_pages:
            shared_pages.install(None)
            await running.shared_pages.stop()
        await running.realtime.presence.stop()
        await running.control_plane.stop()
        await running.realtime.hub.stop()
        traces.stop()


async def _start() -> Running:
    if traces.is_wanted():
        traces.start(settings.VERSION)
    await in_database_thread(nodes.renew)  # before the event loop has to know
    bus = FollowedBus(_bus_of(servers_of(settings.REDIS_URL)))
    hub = Hub(bus, DatabaseHubQueries())
    await hub.start()
    metrics.sample(metrics.SOCKETS, lambda: hub.socket_count)
    cast("DatabaseWrapper", connection).sample_pool()
    hub.spawn(metrics.fold_forever())
    presence = Presence(
        _presence_store(),
        DatabasePresenceQueries(),
        ttl=settings.PRESENCE_TTL,
        round_seconds=settings.PRESENCE_ROUND,
    )
    await presence.start()
    typing_notifier = TypingNotifier(bus)
    hub.route(typing.KIND, typing_notifier.deliver)
    if settings.INBOX == "entries" and settings.REDIS_URL:
        sends = SharedSends(bus, RECENT_SENDS)
        hub.route(shared_sends.KIND, sends.deliver)
        bus.followers.append(sends.follow)
        await sends.start()
    control_plane = ControlPlane(get_channel_layer(), hub.reconciler.hurry)
    _connect(control_plane, hub, presence)
    await control_plane.start()
    limiter = AdmissionLimiter(at_once=CONNECTING_AT_ONCE, waiting=MOST_CONNECTING)
    writer = Writer(hub.publish_here)
    index_follower = IndexFollower()
    bus.followers.append(index_follower.follow)
    index_follower.start()
    webhook_follower = WebhookFollower()
    bus.followers.append(webhook_follower.follow)
    webhook_follower.start()
    device_follower = DeviceFollower()
    bus.followers.append(device_follower.follow)
    device_follower.start()
    link_follower = LinkFollower() if settings.LINK_PREVIEWS else None
    if link_follower:
        bus.followers.append(link_follower.follow)
        link_follower.start()
    pages = await _share_pages()
    realtime = Realtime(
        hub,
        writer,
        presence,
        typing_notifier,
        limiter,
        FrameShares(SYNCS),
        TextPace(CHARACTERS_PER_SECOND * settings.RATE_LIMITS),
    )
    return Running(
        realtime,
        control_plane,
        index_follower,
        webhook_follower,
        device_follower,
        link_follower,
        pages,
    )


async def _share_pages() -> SharedPages | None:
    """None for a distributed database: the restore of a single node would go unnoticed."""
    if not shared_pages.are_on() or distribution.is_distributed():
        return None
    pages = SharedPages(servers_of(settings.REDIS_URL), latest_pages)
    await pages.start()
    shared_pages.install(pages)
    return pages


# Redis' client is only loaded where there is a Redis: it takes a tenth of the time of a start.


def _bus_of(redis_urls: Sequence[str]) -> Bus:
    if not redis_urls:
        return MemoryBus()
    from chatproject.realtime.bus.redis import RedisBus  # noqa: PLC0415
    from chatproject.realtime.bus.spread import SpreadBus  # noqa: PLC0415

    return SpreadBus(redis_urls) if len(redis_urls) > 1 else RedisBus(redis_urls[0])


def _presence_store() -> Store:
    process, urls, ttl = uuid4().hex, servers_of(settings.REDIS_URL), settings.PRESENCE_TTL
    if not urls:
        return MemoryStore(process, ttl=ttl)
    from chatproject.realtime.presence.redis import RedisStore  # noqa: PLC0415
    from chatproject.realtime.presence.spread import SpreadStore  # noqa: PLC0415

    if len(urls) > 1:
        return SpreadStore(urls, process, ttl=ttl)
    return RedisStore(urls[0], process, ttl=ttl)


def _connect(control_plane: ControlPlane, hub: Hub, presence: Presence) -> None:
    """The handlers of control commands, and what the reconciler checks in case one was lost."""

    def refresh_filters(fields: Mapping[str, Any]) -> None:
        hub.spawn(in_database_thread(word_filters.refresh))

    def reload_settings(fields: Mapping[str, Any]) -> None:
        live_settings.reload()

    def deliver_pushed(fields: Mapping[str, Any]) -> None:
        hub.deliver([push.publication_of(fields)])

    control_plane.on(control.SIGN_INS_ENDED, hub.on_sign_ins_ended)
    control_plane.on(control.PRESENCE_RIGHTS_CHANGED, presence.on_rights_changed)
    control_plane.on(word_filters.WORD_FILTERS_CHANGED, refresh_filters)
    control_plane.on(live_settings.SETTINGS_CHANGED, reload_settings)
    control_plane.on(push.EVENT_PUSHED, deliver_pushed)
    hub.reconciler.also_check(lambda: in_database_thread(word_filters.refresh))
    hub.reconciler.also_check(live_settings.reload_if_changed)


runtime.install(start)
