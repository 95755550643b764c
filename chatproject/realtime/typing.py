"""Tells the sockets that have a conversation open who is typing there. Stores nothing.

The state expires at the client by itself, so no event says that it ended.
"""

import time
from collections.abc import Callable, Sequence
from uuid import UUID

import orjson

from chatproject.core.api.json import dump
from chatproject.realtime.bus import Bus, Publication, conversation_topic
from chatproject.realtime.socket import Socket

KIND = "typing"
TYPING_SECONDS = 6  # that a client shows it
THROTTLE_SECONDS = 3.0  # between two events of one person in a conversation
MAX_OPEN = 20  # conversations of one socket
PRUNE_AT = 10_000


def typing_topic(conversation_id: UUID) -> str:
    return f"{KIND}:{conversation_id}"


class TypingNotifier:
    """All methods belong to the event loop's thread. `clock` counts seconds."""

    def __init__(self, bus: Bus, clock: Callable[[], float] = time.monotonic) -> None:
        self._bus = bus
        self._clock = clock
        self._open: dict[Socket, dict[UUID, None]] = {}  # in the order of the opening
        self._sockets: dict[str, set[Socket]] = {}  # by topic
        self._told_at: dict[tuple[UUID, UUID], float] = {}

    async def open(self, socket: Socket, conversation_id: UUID) -> None:
        """Tells the socket, which hears the conversation, who types in it."""
        is_open = self._open.setdefault(socket, {})
        is_open.pop(conversation_id, None)
        is_open[conversation_id] = None
        topic = typing_topic(conversation_id)
        sockets = self._sockets.setdefault(topic, set())
        is_first = not sockets
        sockets.add(socket)
        if is_first:
            await self._bus.subscribe([topic])
        if len(is_open) > MAX_OPEN:
            await self.close(socket, next(iter(is_open)))

    async def close(self, socket: Socket, conversation_id: UUID) -> None:
        """Closing what is not open changes nothing."""
        is_open = self._open.get(socket, {})
        if conversation_id not in is_open:
            return
        del is_open[conversation_id]
        if not is_open:
            del self._open[socket]
        topic = typing_topic(conversation_id)
        self._sockets[topic].discard(socket)
        if not self._sockets[topic]:
            del self._sockets[topic]
            await self._bus.unsubscribe([topic])

    async def leave(self, socket: Socket) -> None:
        for conversation_id in list(self._open.get(socket, ())):
            await self.close(socket, conversation_id)

    def is_due(self, conversation_id: UUID, user_id: UUID) -> bool:
        """Whether the person's typing has to be told again."""
        told_at = self._told_at.get((conversation_id, user_id))
        return told_at is None or self._clock() - told_at >= THROTTLE_SECONDS

    def tell(self, conversation_id: UUID, user_id: UUID) -> None:
        now = self._clock()
        self._told_at[conversation_id, user_id] = now
        if len(self._told_at) > PRUNE_AT:
            self._told_at = {
                key: at for key, at in self._told_at.items() if now - at < THROTTLE_SECONDS
            }
        event = {
            "type": "typing.started",
            "conversationId": str(conversation_id),
            "userId": str(user_id),
            "seconds": TYPING_SECONDS,
        }
        self._bus.publish([Publication(typing_topic(conversation_id), dump(event))])

    def deliver(self, publications: Sequence[Publication]) -> None:
        """Delivers events from the bus to sockets that still hear the conversation."""
        for publication in publications:
            event = orjson.loads(publication.frame)
            typist, heard = event["userId"], conversation_topic(event["conversationId"])
            for socket in self._sockets.get(publication.topic, ()):
                if heard in socket.topics and str(socket.user_id) != typist:
                    socket.write([publication.frame], ephemeral=True)
