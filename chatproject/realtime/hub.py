"""The hub: which socket of this process listens to which log, and the one way to all of them.

It keeps, for each conversation, the rev that its sockets stand at and what each of them may see. A
publication that follows that rev is written to the sockets in one pass, as the same bytes. One that
does not (a rev is missing, or who is in has changed) is held until the missing ones came or were
read from the database. The sweep compares with the database every few seconds, so that what was
never published is told too.
"""

import asyncio
import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson

from chatproject.core.api.json import dump
from chatproject.realtime import bus as wires
from chatproject.realtime.bus import (
    Bus,
    Deliver,
    Publication,
    conversation_topic,
    user_topic,
)
from chatproject.realtime.feed import Feed, hint
from chatproject.realtime.hub_queries import Head, HubQueries, View
from chatproject.realtime.socket import Socket
from chatproject.realtime.websocket import CLOSE_GOING_AWAY, CLOSE_SIGNED_OUT, RESTARTING

log = logging.getLogger(__name__)

SWEEP_SECONDS = 4.0  # a whole round of the sweep
SWEEP_MARGIN = 20.0  # seconds that a transaction may have been open when the last round went by
SWEEP_SLICE = 1_000  # conversations asked for at once
IN_FLIGHT_GRACE = 0.25  # seconds in which a rev seen in the database may still arrive by the bus


class Hub:
    """All methods but `publish` belong to the event loop's thread."""

    def __init__(self, bus: Bus, directory: HubQueries) -> None:
        self._bus = bus
        self._directory = directory
        self._feeds: dict[str, Feed] = {}
        self._people: defaultdict[str, set[Socket]] = defaultdict(set)
        self._count = 0  # of sockets
        self._routes: dict[str, Deliver] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._people_swept_at = time.monotonic()
        self._hurry = asyncio.Event()

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._bus.start(self.deliver, self.look)
        wires.install(self._bus, self.publish)
        self._spawn(self._sweep_forever())

    async def stop(self) -> None:
        """Says goodbye to the sockets, in a way that they come back by, and ends."""
        for socket in self.sockets:
            socket.close(CLOSE_GOING_AWAY, RESTARTING)
        wires.install(None, None)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._bus.stop()

    def publish(self, publications: Sequence[Publication]) -> None:
        """From any thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._bus.publish, publications)

    def publish_here(self, publications: Sequence[Publication]) -> None:
        """From the loop's own thread, without a hop."""
        self._bus.publish(publications)

    def look(self) -> None:
        """Publications may have been lost: the next round of the sweep begins at once."""
        self._hurry.set()

    def route(self, kind: str, deliver: Deliver) -> None:
        """Publications on topics of this kind, `kind` or `kind:…`, are for `deliver`."""
        self._routes[kind] = deliver

    @property
    def sockets(self) -> set[Socket]:
        return set().union(*self._people.values())

    @property
    def socket_count(self) -> int:
        return self._count

    async def connect(self, socket: Socket, only: UUID | None = None) -> dict[str, int] | None:
        """Listens for the socket, to all conversations of its person or to one alone.

        Gives the heads, {conversation id: rev}, read while this process listened already, so that
        nothing falls in between; None when the one conversation is not to be seen.
        """
        personal = user_topic(socket.user_id)
        self._people[personal].add(socket)
        self._count += 1
        await self._bus.subscribe([personal])
        if only is not None:
            head = await self.listen(socket, only)
            return None if head is None else {str(only): head.rev}
        views = await self._directory.views(socket.user_id)
        if not all(map(self._is_heard, views)):
            await self._subscribe(socket, [UUID(view.conversation_id) for view in views])
            views = await self._directory.views(socket.user_id)
        heads: dict[str, int] = {}
        for view in views:
            stands_at: Head | None = view.head
            if not self._admit(socket, view):
                stands_at = await self.listen(socket, UUID(view.conversation_id))
            if stands_at is not None:
                heads[view.conversation_id] = stands_at.rev
        return heads

    def _is_heard(self, view: View) -> bool:
        """Whether others listen here, so that all that follows what they stand at will come."""
        feed = self._feeds.get(conversation_topic(view.conversation_id))
        return feed is not None and feed.rev is not None

    def _admit(self, socket: Socket, view: View) -> bool:
        """False where what is seen has to be read anew."""
        topic = conversation_topic(view.conversation_id)
        if topic not in socket.topics:
            if not self._is_heard(view):
                return False
            self._enter(socket, self._feeds[topic])
        return self._feeds[topic].admit(socket, view)

    async def listen(self, socket: Socket, conversation_id: UUID) -> Head | None:
        """Adds one conversation to what the socket hears; its head, or None where it may not."""
        topic = conversation_topic(conversation_id)
        heard = topic in socket.topics
        await self._subscribe(socket, [conversation_id])
        is_reread = False
        while True:
            try:
                view = await self._directory.view(socket.user_id, conversation_id)
            except Exception:
                if not heard:  # else the sweep would take it for one that hears
                    await self._unsubscribe(socket, [topic])
                raise
            if view is None:
                await self._unsubscribe(socket, [topic])
                return None
            feed = self._feeds.get(topic)
            if feed is None or feed.admit(socket, view, is_reread=is_reread):
                return view.head
            is_reread = True

    async def disconnect(self, socket: Socket) -> None:
        personal = user_topic(socket.user_id)
        sockets = self._people.get(personal, set())
        if socket not in sockets:
            return
        sockets.discard(socket)
        self._count -= 1
        if not sockets:
            del self._people[personal]
        await self._bus.unsubscribe([personal])
        await self._unsubscribe(socket, list(socket.topics))

    def deliver(self, publications: Sequence[Publication]) -> None:
        """The bus's end: every publication to the sockets of its topic; never raises."""
        for topic, group in groupby(publications, key=attrgetter("topic")):
            try:
                feed = self._feeds.get(topic)
                if feed is not None:
                    feed.accept(list(group))
                elif topic in self._people:
                    self._tell_person(topic, group)
                elif route := self._routes.get(topic.partition(":")[0]):
                    route(list(group))
            except Exception:
                log.exception("delivering to %s", topic)

    # -- a person's own topic

    def _tell_person(self, topic: str, publications: Iterable[Publication]) -> None:
        for publication in publications:
            event = orjson.loads(publication.frame)
            sockets = list(self._people[topic])
            match event.get("type"):
                case "signed.out":
                    self._sign_out(sockets, event.get("signInId"))
                    continue
                case "conversation.joined":
                    self._spawn(self._join(sockets, event))
                    continue
                case "conversation.left":
                    left = conversation_topic(event["conversationId"])
                    self._spawn(self._leave(sockets, left, publication.frame))
                    continue
            for socket in sockets:
                if socket.hears(event.get("conversationId")):
                    socket.write([publication.frame])

    def _sign_out(self, sockets: Iterable[Socket], sign_in_id: str | None) -> None:
        for socket in sockets:
            if sign_in_id in (None, str(socket.sign_in_id)):
                socket.close(CLOSE_SIGNED_OUT, "signed out")

    async def _join(self, sockets: Iterable[Socket], event: dict[str, Any]) -> None:
        """Listens first and tells then: of the rev of the joining, and where the log stands now.

        Where nobody said that rev, the last change of who is in stands for it.
        """
        joined = event["conversationId"]
        for socket in sockets:
            if socket not in self._people.get(user_topic(socket.user_id), ()):
                continue  # it has gone while another was told
            if socket.is_scoped and not socket.hears(joined):
                continue
            head = await self.listen(socket, UUID(joined))
            if head is None:
                continue
            since = event.get("rev", head.member_rev)
            socket.write([dump({**event, "rev": since})])
            if head.rev > since:
                socket.write([hint(joined, head.rev)])

    async def _leave(self, sockets: Iterable[Socket], topic: str, frame: bytes) -> None:
        """Tells, and stops listening; a reader of a public conversation may open it again."""
        for socket in sockets:
            if topic in socket.topics:
                socket.write([frame])
                await self._unsubscribe(socket, [topic])

    def _dismiss(self, socket: Socket, conversation_id: UUID) -> None:
        self._spawn(self._say_goodbye(socket, conversation_id))

    async def _say_goodbye(self, socket: Socket, conversation_id: UUID) -> None:
        """Tells who is out of a conversation, where nobody said it: a feed has found out."""
        topic = conversation_topic(conversation_id)
        if topic not in socket.topics:
            return  # it was said
        await self._unsubscribe(socket, [topic])
        last_seen = await self._directory.last_seen(conversation_id, socket.user_id)
        if topic not in socket.topics:
            left = {"type": "conversation.left", "conversationId": str(conversation_id)}
            socket.write([dump({**left, "toSeq": last_seen})])

    # -- subscriptions

    def _new_feed(self, topic: str, conversation_id: UUID) -> Feed:
        return Feed(topic, conversation_id, self._directory, self._spawn, self._dismiss)

    async def _subscribe(self, socket: Socket, conversation_ids: Iterable[UUID]) -> None:
        """Enters the socket in the feeds, as one that sees nothing until it is admitted."""
        opened = []
        for conversation_id in conversation_ids:
            topic = conversation_topic(conversation_id)
            if topic in socket.topics:
                continue
            feed = self._feeds.get(topic)
            if feed is None:
                feed = self._feeds[topic] = self._new_feed(topic, conversation_id)
                opened.append(topic)
            self._enter(socket, feed)
        await self._bus.subscribe(opened)  # waits for what others have opened, too

    def _enter(self, socket: Socket, feed: Feed) -> None:
        feed.enter(socket)
        socket.topics.add(feed.topic)  # one text for all of them

    async def _unsubscribe(self, socket: Socket, topics: Iterable[str]) -> None:
        closed = []
        for topic in topics:
            socket.topics.discard(topic)
            feed = self._feeds.get(topic)
            if feed is None:
                continue
            feed.leave(socket)
            if feed.is_empty:
                del self._feeds[topic]
                closed.append(topic)
        if closed:
            await self._bus.unsubscribe(closed)

    # -- the sweep

    async def _sweep_forever(self) -> None:
        while True:
            seconds = 0.0 if self._hurry.is_set() else SWEEP_SECONDS
            self._hurry.clear()
            try:
                await self.sweep(seconds)
            except Exception:
                log.exception("the sweep; it goes on")
                await asyncio.sleep(1.0)

    async def sweep(self, seconds: float = 0.0) -> None:
        """One round over everything that is listened to, stretched over `seconds`."""
        feeds = list(self._feeds.values())
        slices = [feeds[i : i + SWEEP_SLICE] for i in range(0, len(feeds), SWEEP_SLICE)]
        for part in slices:
            heads = await self._directory.heads([feed.conversation_id for feed in part])
            behind = [
                (feed, heads[feed.conversation_id])
                for feed in part
                if feed.is_behind(heads.get(feed.conversation_id, Head(0, 0)))
            ]
            if behind:
                await asyncio.sleep(IN_FLIGHT_GRACE)
                for feed, head in behind:
                    feed.catch_up(head)
            await self._pause(seconds / (len(slices) + 1))
        await self._sweep_people()
        await self._pause(seconds / (len(slices) + 1))

    async def _pause(self, seconds: float) -> None:
        """Shorter when there is reason to hurry."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()

    async def _sweep_people(self) -> None:
        """Who was added without being told, and who was signed out."""
        sockets = self.sockets
        if not sockets:
            return
        people = {socket.user_id for socket in sockets}
        begun = time.monotonic()
        since = begun - self._people_swept_at + SWEEP_MARGIN
        joined = await self._directory.joined_within(people, since)
        for user_id, conversation_id in joined:
            topic = conversation_topic(conversation_id)
            event = {"type": "conversation.joined", "conversationId": str(conversation_id)}
            for socket in list(self._people.get(user_topic(user_id), ())):
                if not socket.is_scoped and topic not in socket.topics:
                    await self._join([socket], event)
        self._people_swept_at = begun
        live = await self._directory.live_sign_ins({socket.sign_in_id for socket in sockets})
        for socket in sockets:
            if socket.sign_in_id not in live:
                socket.close(CLOSE_SIGNED_OUT, "signed out")

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task of the hub failed", exc_info=task.exception())
