"""The session of an authenticated socket: its person, limits, presence and typing.

Belongs to the event loop's thread.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from accounts.errors import ConversationNotInToken, ScopeMissing
from chatproject.core.api.bodies import Body
from chatproject.realtime.database_threads import in_database_thread
from chatproject.realtime.hub import Hub
from chatproject.realtime.limits import TextPace, TokenBucket
from chatproject.realtime.presence.presence import Presence
from chatproject.realtime.presence.store import State, Status
from chatproject.realtime.socket import Socket
from chatproject.realtime.typing import TypingNotifier
from conversations.errors import ConversationNotFound
from conversations.typing import is_typing_shown
from messaging.sending.writer import Writer
from messaging.ws.frame_shares import FrameShares
from messaging.ws.receipts import Receipts

MAX_WAITING_SENDS = 64  # of one socket, which is not read until some are stored


@dataclass(slots=True)
class SessionPresence:
    """The presence of the person on this device, and the people whom the socket watches."""

    _socket: Socket
    _presence: Presence

    def set(self, status: Status) -> None:
        self._presence.put(self._socket, status)

    async def watch(self, user_ids: Sequence[UUID]) -> dict[UUID, State]:
        """These people's presence; from now on the socket gets its changes. Raises Unavailable."""
        return await self._presence.watch(self._socket, user_ids)

    def end(self) -> None:
        self._presence.leave(self._socket)


@dataclass(slots=True)
class SessionTyping:
    """The conversations in which the socket is told who is typing, and its person's own typing."""

    _socket: Socket
    _notifier: TypingNotifier

    async def open(self, conversation_id: UUID) -> None:
        """The socket must be subscribed to the conversation."""
        await self._notifier.open(self._socket, conversation_id)

    async def close(self, conversation_id: UUID) -> None:
        await self._notifier.close(self._socket, conversation_id)

    async def start(self, conversation_id: UUID) -> None:
        """Tells the others that the person is typing, after checking the right to. Raises as
        `is_typing_shown` does.
        """
        key = {"conversation_id": conversation_id, "user_id": self._socket.user_id}
        is_due = self._notifier.is_due(**key)
        if is_due and await in_database_thread(is_typing_shown, **key):
            self._notifier.tell(**key)

    async def end(self) -> None:
        await self._notifier.leave(self._socket)


@dataclass(slots=True)
class Session:
    socket: Socket
    hub: Hub
    writer: Writer
    receipts: Receipts
    presence: SessionPresence
    typing: SessionTyping
    frame_limit: TokenBucket
    text_pace: TextPace
    shares: FrameShares
    only: UUID | None = None  # the conversation of a scoped socket
    scopes: frozenset[str] | None = None  # of an API token; None for a sign-in
    only_in: frozenset[UUID] = frozenset()  # the token's only conversations
    bad_frames: int = 0
    waiting_sends: int = 0
    _has_room: asyncio.Event | None = field(default=None, init=False)  # made when a send waits

    @property
    def user_id(self) -> UUID:
        return self.socket.user_id

    def require_scope(self, scope: str | None, body: Body) -> None:
        """Raises ScopeMissing or ConversationNotInToken if an API token may not send this frame."""
        if self.scopes is None:
            return
        if scope is not None and scope not in self.scopes:
            raise ScopeMissing(scope)
        named = {getattr(body, "conversationId", None), *getattr(body, "conversations", ())}
        if self.only_in and not named - {None} <= self.only_in:
            raise ConversationNotInToken

    async def open_conversation(self, conversation_id: UUID) -> int:
        """Subscribes the socket, also for readers of a public conversation who are not in it.
        Returns the rev from which on it gets the events. Raises ConversationNotFound.
        """
        if self.only not in (None, conversation_id):
            raise ConversationNotFound
        head = await self.hub.listen(self.socket, conversation_id)
        if head is None:
            raise ConversationNotFound
        await self.typing.open(conversation_id)
        return head.rev

    # -- sends that wait for the writer

    @property
    def must_wait(self) -> bool:
        return self.waiting_sends >= MAX_WAITING_SENDS or self.writer.is_full

    async def wait_for_room(self) -> None:
        """Returns when the writer can take another send."""
        while self.must_wait:
            if self.writer.is_full:
                await self.writer.room()
            else:
                self._has_room = asyncio.Event()
                await self._has_room.wait()

    def send_begins(self) -> None:
        self.waiting_sends += 1

    def send_ends(self) -> None:
        self.waiting_sends -= 1
        if self._has_room is not None:
            self._has_room.set()

    async def end(self) -> None:
        """Ends presence, typing and subscriptions: nothing is sent to the socket any more."""
        self.presence.end()
        await self.typing.end()
        await self.hub.disconnect(self.socket)
