"""The sockets of each person, and the effects of events on that person's own topic."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from chatproject.core.api.json import dump
from chatproject.realtime.bus import Publication, conversation_topic, user_topic
from chatproject.realtime.feed import hint
from chatproject.realtime.hub_queries import Head
from chatproject.realtime.socket import Socket
from chatproject.realtime.websocket import CLOSE_SIGNED_OUT

MAX_STATES = 10_000  # (person, conversation) pairs whose own state is kept in order
UNORDERED = frozenset({"type", "conversationId", "stateRev", "hiddenSeq", "shownSeq"})

Event = dict[str, Any]


class Subscriptions(NamedTuple):
    """How the hub subscribes and unsubscribes sockets."""

    listen: Callable[[Socket, UUID], Awaitable[Head | None]]
    unsubscribe: Callable[[Socket, Iterable[str]], Awaitable[None]]
    spawn: Callable[[Coroutine[Any, Any, None]], None]


class PersonalTopics:
    """All methods belong to the event loop's thread."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions
        self._sockets: dict[str, set[Socket]] = {}  # by topic
        self._count = 0
        self._states = StateOrder()

    def __contains__(self, topic: str) -> bool:
        return topic in self._sockets

    @property
    def sockets(self) -> set[Socket]:
        return set().union(*self._sockets.values())

    @property
    def socket_count(self) -> int:
        return self._count

    def add(self, socket: Socket) -> str:
        """Adds the socket; returns the topic to subscribe to."""
        topic = user_topic(socket.user_id)
        self._sockets.setdefault(topic, set()).add(socket)
        self._count += 1
        return topic

    def remove(self, socket: Socket) -> str | None:
        """Removes the socket; returns the topic to unsubscribe from, None if it was not there."""
        topic = user_topic(socket.user_id)
        sockets = self._sockets.get(topic, set())
        if socket not in sockets:
            return None
        sockets.discard(socket)
        self._count -= 1
        if not sockets:
            del self._sockets[topic]
        return topic

    def sockets_of(self, user_id: UUID | str) -> list[Socket]:
        return list(self._sockets.get(user_topic(user_id), ()))

    def sign_out(self, user_id: UUID | str, sign_in_id: str | None) -> None:
        """Closes the sockets of one of the person's sign-ins, or of all of them with None."""
        for socket in self.sockets_of(user_id):
            if sign_in_id in (None, str(socket.sign_in_id)):
                socket.close(CLOSE_SIGNED_OUT, "signed out")

    def keep_signed_in(self, live_sign_ins: Collection[UUID], checked: Iterable[Socket]) -> None:
        """Closes those of the checked sockets whose sign-in is not live any more."""
        for socket in checked:
            if socket.sign_in_id not in live_sign_ins:
                socket.close(CLOSE_SIGNED_OUT, "signed out")

    def deliver(self, topic: str, publications: Iterable[Publication]) -> None:
        """Subscribes the person's sockets on joining, unsubscribes them on leaving, and writes them
        all other events."""
        for publication in publications:
            event = orjson.loads(publication.frame)
            sockets = list(self._sockets.get(topic, ()))
            match event.get("type"):
                case "conversation.joined":
                    self._subscriptions.spawn(self.join(sockets, event))
                case "conversation.left":
                    left = conversation_topic(event["conversationId"])
                    self._subscriptions.spawn(self._leave(sockets, left, publication.frame))
                case "state.changed":
                    news = self._states.news(topic, event)
                    if news is not None:
                        frame = publication.frame if news is event else dump(news)
                        _write(sockets, event, frame)
                case _:
                    _write(sockets, event, publication.frame)

    def tell_state(self, user_id: UUID, event: Event) -> None:
        """Sends an own state as the database has it, unless all its changes were sent."""
        topic = user_topic(user_id)
        if self._states.is_told(topic, event):
            return
        news = self._states.news(topic, event, is_whole=True)
        if news is not None:
            _write(list(self._sockets.get(topic, ())), event, dump(news))

    async def join(self, sockets: Iterable[Socket], event: Event) -> None:
        """Subscribes the sockets first, then tells them the rev of the joining and the present rev.

        An event without a rev counts as one of the last change of membership.
        """
        joined = event["conversationId"]
        for socket in sockets:
            if socket not in self._sockets.get(user_topic(socket.user_id), ()):
                continue  # it disconnected while another one was told
            if socket.is_scoped and not socket.hears(joined):
                continue
            head = await self._subscriptions.listen(socket, UUID(joined))
            if head is None:
                continue
            since = event.get("rev", head.member_rev)
            socket.write([dump({**event, "rev": since})])
            if head.rev > since:
                socket.write([hint(joined, head.rev)])

    async def join_missed(self, user_id: UUID, conversation_id: UUID) -> None:
        """Joins those of the person's sockets that no event told of the conversation."""
        topic = conversation_topic(conversation_id)
        event: Event = {"type": "conversation.joined", "conversationId": str(conversation_id)}
        for socket in self.sockets_of(user_id):
            if not socket.is_scoped and topic not in socket.topics:
                await self.join([socket], event)

    async def _leave(self, sockets: Iterable[Socket], topic: str, frame: bytes) -> None:
        """Tells the sockets and unsubscribes them. A reader of a public conversation may open it
        again."""
        for socket in sockets:
            if topic in socket.topics:
                socket.write([frame])
                await self._subscriptions.unsubscribe(socket, [topic])


@dataclass(slots=True)
class ToldState:
    """What was sent of one own state: the stateRev of each field, and the one up to which every
    change was sent; 0 while that is not known."""

    fields: dict[str, int] = field(default_factory=dict)
    whole_to: int = 0


class StateOrder:
    """Keeps the events of people's own states in order, since after a failure the bus of each
    process publishes its own again, late and perhaps twice; and notices which never came."""

    def __init__(self) -> None:
        # By (topic, conversation), least recently changed first.
        self._told: OrderedDict[tuple[str, str], ToldState] = OrderedDict()

    def is_told(self, topic: str, event: Event) -> bool:
        """Whether every change up to this state was sent."""
        told = self._told.get((topic, event["conversationId"]))
        return told is not None and told.whole_to >= event["stateRev"]

    def news(self, topic: str, event: Event, *, is_whole: bool = False) -> Event | None:
        """The event without fields of which a newer value was sent; None if no field is left.

        `is_whole` says that the event has all changes up to its stateRev.
        """
        rev = event.get("stateRev")
        if not isinstance(rev, int):
            return event
        key = (topic, event["conversationId"])
        told = self._told.setdefault(key, ToldState())
        self._told.move_to_end(key)
        if len(self._told) > MAX_STATES:
            self._told.popitem(last=False)
        if is_whole or rev == told.whole_to + 1:
            told.whole_to = max(told.whole_to, rev)
        known = told.fields
        old = {name for name in event if name not in UNORDERED and known.get(name, 0) > rev}
        for name in event:
            if name not in UNORDERED and name not in old:
                known[name] = rev
        if not old:
            return event
        news = {name: value for name, value in event.items() if name not in old}
        return news if news.keys() - {"type", "conversationId", "stateRev"} else None


def _write(sockets: Iterable[Socket], event: Event, frame: bytes) -> None:
    for socket in sockets:
        if socket.hears(event.get("conversationId")):
            socket.write([frame])
