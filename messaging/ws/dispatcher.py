"""Reads a session's frames one after the other: parses each, makes one call, answers."""

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from chatproject.core import correlation
from chatproject.core.api.bodies import Body
from chatproject.core.api.json import dump, parse_object, salvage
from chatproject.core.api.problems import as_refusal, server_error
from chatproject.realtime.database_threads import in_database_thread
from chatproject.realtime.limits import FrameTooLarge, TooManyFrames
from chatproject.realtime.websocket import CLOSE_BAD_FRAME, CLOSE_TOO_FAST, CLOSE_TOO_LARGE
from messaging.sending.results import SendResult
from messaging.ws.connection import Connection, Disconnected, error_json
from messaging.ws.frames import FRAMES, Answer, FrameType, Runs, type_of
from messaging.ws.session import Session

logger = logging.getLogger(__name__)

MAX_BAD_FRAMES = 20  # of one socket before it is closed

# How nearly all clients begin a frame for the writer.
SENDS = tuple(f'{{"type":"{each.name}"' for each in FRAMES.values() if each.runs is Runs.WRITER)

Frame = Mapping[str, Any]


class Dispatcher:
    __slots__ = ("_connection", "_ids", "_session")

    def __init__(self, connection: Connection, session: Session) -> None:
        self._connection = connection
        self._session = session
        self._ids = correlation.current()  # for `_take_at_once`, which is called without them

    async def run(self) -> None:
        """Runs until the server closes the socket; raises Disconnected if the client does."""
        socket = self._session.socket
        socket.take_at_once(self._take_at_once)
        try:
            while not socket.is_closing:
                await self._next()
        finally:
            socket.take_at_once(None)

    async def _next(self) -> None:
        text = ""
        frame: Frame = {}
        try:
            text = await self._connection.next_text()
            self._session.frame_limit.take()
            pace, user_id = self._session.text_pace, self._session.user_id
            pace.take(user_id, len(text))
            if pace.is_exceeded(user_id):
                await pace.wait(user_id)
            frame = parse_object(text)
            await self._carry_out(type_of(frame), frame)
        except Disconnected:
            raise
        except Exception as error:  # noqa: BLE001 (answered as a refusal or a fault)
            self._answer_error(_ref_in(frame, text), error)

    def _take_at_once(self, text: str) -> bool:
        """Hands a message to the writer without a turn of this task; False if it has to wait."""
        session = self._session
        if (
            not self._connection.is_idle
            or session.socket.is_closing
            or session.must_wait
            or session.text_pace.is_exceeded(session.user_id)
            or not text.startswith(SENDS)
        ):
            return False
        frame: Frame = {}
        try:
            session.frame_limit.take()
            session.text_pace.take(session.user_id, len(text))
            frame = parse_object(text)
            kind = type_of(frame)
            if kind.runs is not Runs.WRITER:  # `type` occurs twice, and the last one counts
                return False
            self._submit(kind, frame)
        except Exception as error:  # noqa: BLE001 (likewise)
            self._answer_error(_ref_in(frame, text), error)
        return True

    async def _carry_out(self, kind: FrameType, frame: Frame) -> None:
        if kind.runs is Runs.WRITER:
            await self._session.wait_for_room()
            self._submit(kind, frame)
            return
        body, session = kind.shape.read(frame), self._session
        session.require_scope(kind.scope, body)
        if kind.runs is Runs.DATABASE_THREAD_ALONE:
            await self._answer_alone(kind, frame, body)
            return
        async with session.shares.one_frame(session.user_id):
            if kind.runs is Runs.DATABASE_THREAD:
                answer = await in_database_thread(kind.action, session.user_id, body)
            else:
                answer = await kind.action(session, body)
        self._answer(kind, frame, answer)

    async def _answer_alone(self, kind: FrameType, frame: Frame, body: Body) -> None:
        """For answers that may be large: one at a time is read per person, and only a few wait
        until their clients take them.
        """
        session = self._session
        async with session.shares.one_answer(session.socket):
            if session.socket.is_gone:
                return
            async with session.shares.one_sync(session.user_id):
                answer = await in_database_thread(kind.action, session.user_id, body)
            self._answer(kind, frame, answer)

    def _submit(self, kind: FrameType, frame: Frame) -> None:
        """Queues the draft and goes on; it is answered after the commit."""
        body = kind.shape.read(frame)
        self._session.require_scope(kind.scope, body)
        draft = kind.action(self._session.user_id, body)
        self._session.send_begins()
        self._session.writer.submit(draft, partial(self._answer_send, frame.get("ref")))

    def _answer_send(self, ref: object, result: SendResult) -> None:
        self._session.send_ends()
        if result.refusal is not None:
            answer = dump(error_json(ref, result.refusal))
        else:
            answer = b'{"type":"ack","ref":%b,"message":%b}' % (dump(ref), result.message)
        self._session.socket.write([answer])

    def _answer(self, kind: FrameType, frame: Frame, answer: Answer) -> None:
        told = {"type": kind.answer, **answer, "ref": frame.get("ref")}
        self._session.socket.write([dump(told)])

    def _answer_error(self, ref: object, error: Exception) -> None:
        socket = self._session.socket
        if isinstance(error, FrameTooLarge | TooManyFrames):
            code = CLOSE_TOO_LARGE if isinstance(error, FrameTooLarge) else CLOSE_TOO_FAST
            socket.close(code, error.code, last=dump(error_json(None, error)))
            return
        refusal = as_refusal(error)
        if refusal is None:
            with correlation.entered(self._ids):
                logger.error("a frame could not be carried out", exc_info=error)
            refusal = server_error()
        socket.write([dump(error_json(ref, refusal))])
        if refusal.status == 400:
            self._session.bad_frames += 1
            if self._session.bad_frames >= MAX_BAD_FRAMES:
                socket.close(CLOSE_BAD_FRAME, "too many bad frames")


def _ref_in(frame: Frame, text: str) -> object:
    """The frame's `ref`, which the answer repeats, if it can be read at all."""
    return frame.get("ref") if frame else salvage(text, "ref")
