"""What a socket attends to: what is on its screen, whom it watches, whether its person is here."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from chatproject.core.api.fields import choice_field, required, uuids_field
from chatproject.realtime.database_threads import in_database_thread
from chatproject.realtime.presence.presence import MAX_WATCHED, Presence
from chatproject.realtime.presence.store import Status, state_json
from chatproject.realtime.socket import Socket
from chatproject.realtime.typing import TypingNotifier
from messaging.reads.typing import is_typing_told
from messaging.ws.frames import Answer, Frame, conversation_id_of


class Attention:
    """One for each socket. `frames` are those that it answers, by type."""

    def __init__(self, socket: Socket, presence: Presence, typing_notifier: TypingNotifier) -> None:
        self._socket = socket
        self._presence = presence
        self._typists = typing_notifier
        self.frames: Mapping[str, Callable[[Frame], Awaitable[Answer]]] = {
            "conversation.close": self._close,
            "typing.start": self._type,
            "presence.set": self._set,
            "presence.watch": self._watch,
        }

    def begin(self) -> None:
        self._presence.put(self._socket, Status.ONLINE)

    async def end(self) -> None:
        self._presence.leave(self._socket)
        await self._typists.leave(self._socket)

    async def open(self, conversation_id: UUID) -> None:
        """A conversation that the socket hears is on the screen."""
        await self._typists.open(self._socket, conversation_id)

    async def _close(self, frame: Frame) -> Answer:
        conversation_id = conversation_id_of(frame)
        await self._typists.close(self._socket, conversation_id)
        return {"conversationId": str(conversation_id)}

    async def _type(self, frame: Frame) -> Answer:
        """The right is asked for as often as typing is told, which is seldom."""
        place = {"conversation_id": conversation_id_of(frame), "user_id": self._socket.user_id}
        is_due = self._typists.is_due(**place)
        if is_due and await in_database_thread(is_typing_told, **place):
            self._typists.tell(**place)
        return {"conversationId": str(place["conversation_id"])}

    async def _set(self, frame: Frame) -> Answer:
        choices = (Status.ONLINE, Status.AWAY)
        status = Status(required(choice_field(frame, "status", choices), "status"))
        self._presence.put(self._socket, status)
        return {"status": status}

    async def _watch(self, frame: Frame) -> Answer:
        ids = required(uuids_field(frame, "userIds", maximum=MAX_WATCHED), "userIds")
        states = await self._presence.watch(self._socket, ids)
        return {"people": [state_json(user_id, states[user_id]) for user_id in ids]}
