"""The WebSocket's edge: who is there, what they send, and the one action that each frame is.

The consumer owns its receive loop: Channels' dispatch of every frame to a method by way of a task
cost 60 µs a frame, more than all the rest of taking a message in.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from channels.consumer import AsyncConsumer
from django.conf import settings

from accounts.auth.client_address import line_of
from accounts.auth.socket_authenticator import Identity, address_of
from chatproject.core.api.json import dump, parse_object
from chatproject.core.api.problems import as_refusal, server_error
from chatproject.core.errors import Refusal, Unauthenticated, Unavailable
from chatproject.realtime.database_threads import in_database_thread
from chatproject.realtime.limits import FrameTooLarge, TokenBucket, TooManyFrames
from chatproject.realtime.socket import Socket
from chatproject.realtime.websocket import (
    CLOSE_BAD_FRAME,
    CLOSE_LATER,
    CLOSE_NOT_AUTHENTICATED,
    CLOSE_NOT_FOUND,
    CLOSE_TOO_FAST,
    CLOSE_TOO_LARGE,
)
from conversations.errors import ConversationNotFound
from messaging.reads.sync import sync
from messaging.sending.drafts import draft_from_json
from messaging.sending.results import SendResult
from messaging.ws import runtime
from messaging.ws.attention import Attention
from messaging.ws.frames import (
    ACTIONS,
    RECEIPTS,
    Frame,
    UnknownFrame,
    conversation_id_of,
    receipt_of,
)

log = logging.getLogger(__name__)

MAX_FRAME_BYTES = 128 * 1024
MAX_WAITING_SENDS = 64  # of one socket; at more it is not read until some are stored
MAX_BAD_FRAMES = 20  # of one socket before it is closed
HEARTBEAT_SECONDS = 30
FIRST_FRAME_SECONDS = 10
RESUMED_PER_SECOND = 250  # of those who lost their connection to this process
LONGEST_SPREAD = 20  # seconds

SEND = '{"type":"message.send"'  # as nearly all clients begin it

CLOSE_CODES = {401: CLOSE_NOT_AUTHENTICATED, 404: CLOSE_NOT_FOUND}

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Gone(Exception):
    """The client has closed the connection."""


class ChatConsumer(AsyncConsumer):  # type: ignore[misc]
    """One socket: `/v1/ws` for all of a person's conversations, `…/conversations/{id}` for one."""

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        only = scope["url_route"]["kwargs"].get("conversation_id")
        self._only = None if only is None else UUID(only)
        self._is_accepted = False
        with contextlib.suppress(Gone):
            if (await receive())["type"] != "websocket.connect":
                return
            self._running = await runtime.start()
            try:
                await self._let_in(scope)
            except Exception as error:
                refusal = as_refusal(error)
                if refusal is None:
                    raise
                await self._refuse(CLOSE_CODES.get(refusal.status, CLOSE_LATER), refusal)

    async def _let_in(self, scope: Mapping[str, Any]) -> None:
        """Serves who is known and finds a seat. Raises a refusal, or what stands for one."""
        running, limited = self._running, settings.RATE_LIMITS
        line = line_of(address_of(scope))
        with running.addresses.taken(line, settings.SOCKETS_PER_ADDRESS * limited):
            identity = await self._identify(scope)
            if identity is None:
                return
            with running.people.taken(identity.user_id, settings.SOCKETS_PER_PERSON * limited):
                await self._serve(identity)

    async def _accept(self) -> None:
        if not self._is_accepted:
            self._is_accepted = True
            await self._send({"type": "websocket.accept"})

    # -- coming in

    async def _identify(self, scope: Mapping[str, Any]) -> Identity | None:
        """Who is there, by header, cookie, ticket or first frame; None after a refusal was sent."""
        try:
            credential = self._running.door.in_handshake(scope)
            if credential is None:
                await self._accept()
                return await self._identify_by_first_frame()
            async with self._running.admission_limiter.turn():
                identity = await credential()
        except Unavailable:
            raise
        except Refusal as refusal:
            await self._refuse(CLOSE_NOT_AUTHENTICATED, refusal)
            return None
        await self._accept()
        return identity

    async def _identify_by_first_frame(self) -> Identity | None:
        try:
            async with asyncio.timeout(FIRST_FRAME_SECONDS):
                frame = parse_object(await self._next_text())
            if frame.get("type") != "auth" or not isinstance(frame.get("token"), str):
                raise Unauthenticated("The first frame has to be an auth frame with a token.")
            async with self._running.admission_limiter.turn():
                return await self._running.door.by_token(frame["token"])
        except Unavailable:
            raise
        except TimeoutError:
            await self._refuse(CLOSE_NOT_AUTHENTICATED, Unauthenticated("No auth frame came."))
        except Refusal as refusal:
            await self._refuse(CLOSE_NOT_AUTHENTICATED, refusal)
        return None

    async def _refuse(self, close_code: int, refusal: Refusal) -> None:
        await self._accept()
        await self._send({"type": "websocket.send", "text": dump(_error(None, refusal)).decode()})
        await self._send(
            {"type": "websocket.close", "code": close_code, "reason": refusal.code[:120]}
        )

    async def _serve(self, identity: Identity) -> None:
        self._user_id = identity.user_id
        self._waiting_sends = 0
        self._bad_frames = 0
        self._room: asyncio.Event | None = None  # made when a send has to wait
        self._allowance = TokenBucket(self._frames_per_second())
        self._is_idle = False  # waiting for a frame
        self._socket = Socket(
            self._send,
            user_id=identity.user_id,
            sign_in_id=identity.sign_in_id,
            is_scoped=self._only is not None,
        )
        self._attention = Attention(
            self._socket, self._running.presence, self._running.typing_notifier
        )
        self._socket.hold()
        try:
            await self._begin()
            self._attention.begin()
            self._socket.take_at_once(self._take_at_once)
            await self._read_frames()
        finally:
            self._socket.take_at_once(None)
            await asyncio.shield(self._part())

    async def _begin(self) -> None:
        """Listens, and says hello. Apart, so that a socket does not keep the heads for its life."""
        async with self._running.admission_limiter.turn():
            heads = await self._running.hub.connect(self._socket, self._only)
        if heads is None:
            raise ConversationNotFound
        self._socket.release(dump(self._hello(heads)))

    async def _part(self) -> None:
        await self._attention.end()
        await self._running.hub.disconnect(self._socket)

    def _hello(self, heads: Mapping[str, int]) -> dict[str, Any]:
        return {
            "type": "hello",
            "userId": str(self._user_id),
            "heads": heads,
            "heartbeatSeconds": HEARTBEAT_SECONDS,
            "resumeWithinSeconds": self._resume_within(),
            "limits": {
                "frameBytes": MAX_FRAME_BYTES,
                "framesPerSecond": self._frames_per_second(),
                "waitingSends": MAX_WAITING_SENDS,
            },
        }

    def _resume_within(self) -> int:
        """Over so many seconds those who are here now should spread when they come back."""
        sockets = self._running.hub.socket_count
        return min(max(1, sockets // RESUMED_PER_SECOND), LONGEST_SPREAD)

    @staticmethod
    def _frames_per_second() -> int:
        return settings.FRAMES_PER_SECOND if settings.RATE_LIMITS else 0

    # -- frames

    async def _next_text(self) -> str:
        """The next text frame; raises Gone, or Refusal for a binary one."""
        self._is_idle = True
        message = await self._receive()
        self._is_idle = False
        if message["type"] == "websocket.disconnect":
            raise Gone
        text = message.get("text")
        if text is None:
            raise Refusal("Only text frames are understood.")
        # A letter has four bytes at most, so that few have to be counted.
        if len(text) * 4 > MAX_FRAME_BYTES and len(text.encode()) > MAX_FRAME_BYTES:
            raise FrameTooLarge
        return str(text)

    async def _read_frames(self) -> None:
        while not self._socket.is_closing:
            frame: Frame = {}
            try:
                text = await self._next_text()
                self._allowance.take()
                frame = parse_object(text)
                await self._take(frame)
            except Gone:
                raise
            except Exception as error:  # noqa: BLE001 (a refusal or a fault, answered so)
                self._answer_error(frame.get("ref"), error)

    def _take_at_once(self, text: str) -> bool:
        """A message to be sent, taken without a turn of this task; False where it has to wait."""
        is_free = self._is_idle and not self._socket.is_closing and not self._must_wait()
        if not is_free or not text.startswith(SEND):
            return False
        frame: Frame = {}
        try:
            self._allowance.take()
            frame = parse_object(text)
            if frame["type"] != "message.send":  # said twice, and the last one counts
                return False
            self._submit(frame)
        except Exception as error:  # noqa: BLE001 (likewise)
            self._answer_error(frame.get("ref"), error)
        return True

    async def _take(self, frame: Frame) -> None:
        kind = frame.get("type")
        if kind == "message.send":
            await self._send_message(frame)
        elif kind == "ping":
            self._answer(frame, {"type": "pong"})
        elif kind == "sync":
            answer = await in_database_thread(sync, self._user_id, frame.get("conversations"))
            self._answer(frame, {"type": "sync", **answer})
        elif kind == "conversation.open":
            await self._open(frame)
        elif isinstance(kind, str) and kind in RECEIPTS:
            advance = receipt_of(self._user_id, kind, frame)
            answer = await self._running.receipts.move(advance)
            self._answer(frame, {"type": "ack", **answer})
        elif isinstance(kind, str) and kind in ACTIONS:
            answer = await in_database_thread(ACTIONS[kind], self._user_id, frame)
            self._answer(frame, {"type": "ack", **answer})
        elif isinstance(kind, str) and kind in self._attention.frames:
            answer = await self._attention.frames[kind](frame)
            self._answer(frame, {"type": "ack", **answer})
        else:
            raise UnknownFrame

    async def _send_message(self, frame: Frame) -> None:
        """Hands the draft to the writer and goes on reading, within the limits."""
        while self._must_wait():
            if self._running.writer.is_full:
                await self._running.writer.room()
            else:
                self._room = asyncio.Event()
                await self._room.wait()
        self._submit(frame)

    def _must_wait(self) -> bool:
        return self._waiting_sends >= MAX_WAITING_SENDS or self._running.writer.is_full

    def _submit(self, frame: Frame) -> None:
        draft = draft_from_json(
            frame, conversation_id=conversation_id_of(frame), sender_id=self._user_id
        )
        self._waiting_sends += 1
        self._running.writer.submit(draft, partial(self._sent, frame.get("ref")))

    def _sent(self, ref: object, result: SendResult) -> None:
        self._waiting_sends -= 1
        if self._room is not None:
            self._room.set()
        if result.refusal is not None:
            self._socket.write([dump(_error(ref, result.refusal))])
        else:
            ack = b'{"type":"ack","ref":%b,"message":%b}' % (dump(ref), result.message)
            self._socket.write([ack])

    async def _open(self, frame: Frame) -> None:
        """The conversation is on the screen; the person may read it without being in it, too."""
        conversation_id = conversation_id_of(frame)
        if self._only not in (None, conversation_id):
            raise ConversationNotFound
        head = await self._running.hub.listen(self._socket, conversation_id)
        if head is None:
            raise ConversationNotFound
        await self._attention.open(conversation_id)
        answer = {"type": "ack", "conversationId": str(conversation_id), "rev": head.rev}
        self._answer(frame, answer)

    def _answer(self, frame: Frame, answer: dict[str, Any]) -> None:
        self._socket.write([dump({**answer, "ref": frame.get("ref")})])

    def _answer_error(self, ref: object, error: Exception) -> None:
        if isinstance(error, FrameTooLarge | TooManyFrames):
            code = CLOSE_TOO_LARGE if isinstance(error, FrameTooLarge) else CLOSE_TOO_FAST
            self._socket.close(code, error.code, last=dump(_error(None, error)))
            return
        refusal = as_refusal(error)
        if refusal is None:
            log.error("a frame could not be carried out", exc_info=error)
            refusal = server_error()
        self._socket.write([dump(_error(ref, refusal))])
        if refusal.status == 400:
            self._bad_frames += 1
            if self._bad_frames >= MAX_BAD_FRAMES:
                self._socket.close(CLOSE_BAD_FRAME, "too many bad frames")


def _error(ref: object, refusal: Refusal) -> dict[str, Any]:
    return {"type": "error", "ref": ref, **refusal.as_json()}
