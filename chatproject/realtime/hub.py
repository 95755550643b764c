"""The hub: which socket of this process listens to which conversation, and the only way to all of
them.

It keeps a feed for each conversation with listeners (`feed.py`), the sockets of each person
(`personal_topics.py`), and a reconciler that compares both with the database every few seconds
(`reconciler.py`). It hands each publication from the bus to the feed or the person of its topic.
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from chatproject.core.api.json import dump
from chatproject.realtime import bus as wires
from chatproject.realtime.bus import Bus, Deliver, Publication, conversation_topic
from chatproject.realtime.feed import Feed
from chatproject.realtime.hub_queries import Head, HubQueries, View
from chatproject.realtime.personal_topics import PersonalTopics, Subscriptions
from chatproject.realtime.reconciler import Reconciler
from chatproject.realtime.socket import Socket
from chatproject.realtime.websocket import CLOSE_GOING_AWAY, RESTARTING

logger = logging.getLogger(__name__)


class Hub:
    """All methods but `publish` belong to the event loop's thread."""

    def __init__(self, bus: Bus, queries: HubQueries) -> None:
        self._bus = bus
        self._queries = queries
        self._feeds: dict[str, Feed] = {}  # by topic
        self.personal = PersonalTopics(Subscriptions(self.listen, self._unsubscribe, self.spawn))
        self.reconciler = Reconciler(queries, self._feeds.values, self.personal)
        self._routes: dict[str, Deliver] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._bus.start(self.deliver, self.reconciler.hurry)
        wires.install(self._bus, self.publish)
        self.spawn(self.reconciler.run_forever())

    async def stop(self) -> None:
        """Closes the sockets with a code that makes clients come back, and ends."""
        for socket in self.personal.sockets:
            socket.close(CLOSE_GOING_AWAY, RESTARTING)
        wires.install(None, None)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._bus.stop()

    async def drained(self) -> None:
        """Returns when every socket has taken all that was written to it, or is gone."""
        await asyncio.gather(*(socket.drained() for socket in self.personal.sockets))

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publishes from any thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._bus.publish, publications)

    def publish_here(self, publications: Sequence[Publication]) -> None:
        """Publishes from the event loop's thread, without a hop."""
        self._bus.publish(publications)

    def route(self, kind: str, deliver: Deliver) -> None:
        """Hands publications on topics of this kind, `kind:…`, to `deliver`."""
        self._routes[kind] = deliver

    @property
    def socket_count(self) -> int:
        return self.personal.socket_count

    async def connect(self, socket: Socket, only: UUID | None = None) -> dict[str, int] | None:
        """Subscribes the socket to all conversations of its person, or only to `only`.

        Returns the heads, {conversation id: rev}, or None if the person may not see `only`. The
        heads are read after this process has subscribed, so that no event is missed in between.
        """
        await self._bus.subscribe([self.personal.add(socket)])
        if only is not None:
            head = await self.listen(socket, only)
            return None if head is None else {str(only): head.rev}
        views = await self._queries.views(socket.user_id)
        unheard = [view.conversation_id for view in views if self._heard(view) is None]
        if unheard:
            await self._subscribe(socket, unheard)
            views = await self._queries.views(socket.user_id)
        heads: dict[str, int] = {}
        for view in views:
            stands_at: Head | None = view.head
            if not self._admit(socket, view):
                stands_at = await self.listen(socket, UUID(view.conversation_id))
            if stands_at is not None:
                heads[view.conversation_id] = stands_at.rev
        return heads

    def _heard(self, view: View) -> Feed | None:
        """The feed, if other sockets here listen to it: then all events after its rev arrive."""
        feed = self._feeds.get(conversation_topic(view.conversation_id))
        return None if feed is None or feed.rev is None else feed

    def _admit(self, socket: Socket, view: View) -> bool:
        """Admits the socket to the feed; False if its view has to be read again."""
        feed = self._feeds.get(conversation_topic(view.conversation_id))
        if feed is None:
            return False
        if feed.topic not in socket.topics:
            if feed.rev is None:
                return False
            self._enter(socket, feed)
        return feed.admit(socket, view)

    async def listen(self, socket: Socket, conversation_id: UUID) -> Head | None:
        """Subscribes the socket to one conversation. Returns its head, or None if the person may
        not see it.
        """
        topic = conversation_topic(conversation_id)
        heard = topic in socket.topics
        await self._subscribe(socket, [str(conversation_id)])
        is_reread = False
        while True:
            try:
                view = await self._queries.view(socket.user_id, conversation_id)
            except Exception:
                if not heard:  # or the reconciler would believe that it is subscribed
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
        topic = self.personal.remove(socket)
        if topic is None:
            return
        await self._bus.unsubscribe([topic])
        await self._unsubscribe(socket, list(socket.topics))

    def deliver(self, publications: Sequence[Publication]) -> None:
        """Hands publications from the bus to the sockets of their topics; never raises."""
        for topic, group in groupby(publications, key=attrgetter("topic")):
            try:
                feed = self._feeds.get(topic)
                if feed is not None:
                    feed.accept(list(group))
                elif topic in self.personal:
                    self.personal.deliver(topic, group)
                elif route := self._routes.get(topic.partition(":")[0]):
                    route(list(group))
            except Exception:
                logger.exception("delivering to %s", topic)

    def on_sign_ins_ended(self, fields: Mapping[str, Any]) -> None:
        """Carries out the control command: closes the person's sockets or, without a person, lets
        the reconciler close all sockets whose sign-ins have ended.
        """
        if fields["userId"] is None:
            self.reconciler.hurry()
        else:
            self.personal.sign_out(fields["userId"], fields["signInId"])

    # -- people who left

    def _dismiss(self, socket: Socket, conversation_id: UUID) -> None:
        self.spawn(self._tell_left(socket, conversation_id))

    async def _tell_left(self, socket: Socket, conversation_id: UUID) -> None:
        """Tells the socket that its person left, if a feed found out and no event told it."""
        topic = conversation_topic(conversation_id)
        if topic not in socket.topics:
            return  # the event has come meanwhile
        await self._unsubscribe(socket, [topic])
        last_seen = await self._queries.last_seen(conversation_id, socket.user_id)
        if topic not in socket.topics:
            left = {"type": "conversation.left", "conversationId": str(conversation_id)}
            socket.write([dump({**left, "toSeq": last_seen})])

    # -- subscriptions

    def _new_feed(self, topic: str, conversation_id: str) -> Feed:
        return Feed(topic, UUID(conversation_id), self._queries, self.spawn, self._dismiss)

    async def _subscribe(self, socket: Socket, conversation_ids: Iterable[str]) -> None:
        """Enters the socket in the feeds, which send it nothing until it is admitted."""
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
        await self._bus.subscribe(opened)  # waits for topics that others have opened, too

    def _enter(self, socket: Socket, feed: Feed) -> None:
        feed.enter(socket)
        socket.topics.add(feed.topic)  # the same string for all sockets

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

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Runs the coroutine as a task of the hub: failures are logged, and `stop` cancels it."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a task of the hub failed", exc_info=task.exception())
