"""The Channels consumer of the WebSocket: authenticates it, checks limits, runs its session.

The consumer has its own receive loop (`dispatcher.py`): Channels dispatches each frame to a method
through a task, which cost 60 µs per frame, more than the rest of receiving a message.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from channels.consumer import AsyncConsumer
from django.conf import settings

from accounts.auth.client_address import line_of
from accounts.auth.scopes import Scope
from accounts.auth.socket_authenticator import Identity, address_of
from accounts.errors import ConversationNotInToken, ScopeMissing
from chatproject.core import correlation, metrics
from chatproject.core.api.json import dump, parse_object
from chatproject.core.api.problems import as_refusal
from chatproject.core.errors import InvalidInput, Refusal, Unauthenticated, Unavailable
from chatproject.realtime.limits import TokenBucket
from chatproject.realtime.presence.store import Status
from chatproject.realtime.socket import Socket
from chatproject.realtime.websocket import (
    CLOSE_LATER,
    CLOSE_NOT_AUTHENTICATED,
    CLOSE_NOT_FOUND,
)
from conversations.errors import ConversationNotFound
from messaging.ws import runtime
from messaging.ws.connection import MAX_FRAME_BYTES, Connection, Disconnected, Receive, Send
from messaging.ws.dispatcher import Dispatcher
from messaging.ws.frames import FRAMES
from messaging.ws.runtime import Realtime
from messaging.ws.session import MAX_WAITING_SENDS, Session, SessionPresence, SessionTyping

HEARTBEAT_SECONDS = 30
FIRST_FRAME_SECONDS = 5
RESUMED_PER_SECOND = 250  # clients that reconnect after this process has ended
LONGEST_SPREAD = 20  # seconds

CLOSE_CODES = {401: CLOSE_NOT_AUTHENTICATED, 403: CLOSE_NOT_AUTHENTICATED, 404: CLOSE_NOT_FOUND}


class ChatConsumer(AsyncConsumer):  # type: ignore[misc]
    """One socket: `/v1/ws` for all of a person's conversations, `…/conversations/{id}` for one."""

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        connection = Connection(receive, send)
        with contextlib.suppress(Disconnected):
            if not await connection.is_requested():
                return
            realtime = await runtime.start()
            try:
                await _admit(scope, connection, realtime)
            except Disconnected:  # the end of a socket, and no refusal
                raise
            except Exception as error:
                refusal = as_refusal(error)
                if refusal is None:
                    metrics.connects[("internal_error",)].count += 1
                    raise
                metrics.connects[(refusal.code,)].count += 1
                await connection.refuse(CLOSE_CODES.get(refusal.status, CLOSE_LATER), refusal)


async def _admit(scope: Mapping[str, Any], connection: Connection, realtime: Realtime) -> None:
    """Serves who is known and within the limits. Raises a refusal, or what stands for one."""
    limited = settings.RATE_LIMITS
    line = line_of(address_of(scope))
    with realtime.addresses.taken(line, settings.SOCKETS_PER_ADDRESS * limited):
        identity = await _identify(scope, connection, realtime)
        if identity is None:
            return
        correlation.of_person(identity.user_id)
        with realtime.people.taken(identity.user_id, settings.SOCKETS_PER_PERSON * limited):
            named = scope["url_route"]["kwargs"].get("conversation_id")
            only = None if named is None else UUID(named)
            _require_scope(identity, only)
            session = _session(identity, connection, realtime, only=only)
            await _serve(connection, session, realtime)


# -- authentication


def _require_scope(identity: Identity, only: UUID | None) -> None:
    """Raises ScopeMissing or ConversationNotInToken if an API token may not read messages there."""
    if identity.scopes is None:
        return
    if Scope.HISTORY_READ not in identity.scopes:
        raise ScopeMissing(Scope.HISTORY_READ)
    if identity.only_in and only not in identity.only_in:
        raise ConversationNotInToken


async def _identify(
    scope: Mapping[str, Any], connection: Connection, realtime: Realtime
) -> Identity | None:
    """Authenticates by header, cookie, ticket or first frame; None after a refusal was sent."""
    try:
        credential = realtime.authenticator.in_handshake(scope)
        if credential is None:
            await connection.accept()
            return await _identify_by_first_frame(connection, realtime)
        async with realtime.admission_limiter.turn():
            identity = await credential()
    except Unavailable:
        raise
    except Refusal as refusal:
        metrics.connects[(refusal.code,)].count += 1
        await connection.refuse(CLOSE_NOT_AUTHENTICATED, refusal)
        return None
    await connection.accept()
    return identity


async def _identify_by_first_frame(connection: Connection, realtime: Realtime) -> Identity:
    try:
        async with asyncio.timeout(FIRST_FRAME_SECONDS):
            token = _token_in(parse_object(await connection.next_text()))
    except TimeoutError:
        raise Unauthenticated("No auth frame came.") from None
    async with realtime.admission_limiter.turn():
        return await realtime.authenticator.by_token(token)


def _token_in(frame: Mapping[str, Any]) -> str:
    auth = FRAMES["auth"]
    if frame.get("type") == auth.name:
        with contextlib.suppress(InvalidInput):
            token: str = auth.action(auth.shape.read(frame))
            return token
    raise Unauthenticated("The first frame has to be an auth frame with a token.")


# -- the session


def _session(
    identity: Identity, connection: Connection, realtime: Realtime, *, only: UUID | None
) -> Session:
    socket = Socket(
        connection.send,
        user_id=identity.user_id,
        sign_in_id=identity.sign_in_id,
        is_scoped=only is not None,
    )
    return Session(
        socket=socket,
        hub=realtime.hub,
        writer=realtime.writer,
        receipts=realtime.receipts,
        presence=SessionPresence(socket, realtime.presence),
        typing=SessionTyping(socket, realtime.typing_notifier),
        frame_limit=TokenBucket(_frames_per_second()),
        text_pace=realtime.text_pace,
        shares=realtime.frame_shares,
        only=only,
        scopes=identity.scopes,
        only_in=identity.only_in,
    )


async def _serve(connection: Connection, session: Session, realtime: Realtime) -> None:
    session.socket.hold()
    try:
        await _say_hello(session, realtime)
        session.presence.set(Status.ONLINE)
        await Dispatcher(connection, session).run()
    finally:
        await asyncio.shield(session.end())


async def _say_hello(session: Session, realtime: Realtime) -> None:
    """Subscribes and sends hello. A function of its own, so that the heads are freed after it."""
    async with realtime.admission_limiter.turn():
        heads = await realtime.hub.connect(session.socket, session.only)
    if heads is None:
        raise ConversationNotFound
    session.socket.release(dump(_hello(session, heads)))
    metrics.connects[("welcome",)].count += 1


def _hello(session: Session, heads: Mapping[str, int]) -> dict[str, Any]:
    return {
        "type": "hello",
        "userId": str(session.user_id),
        "heads": heads,
        "heartbeatSeconds": HEARTBEAT_SECONDS,
        "resumeWithinSeconds": _resume_within(session.hub.socket_count),
        "limits": {
            "frameBytes": MAX_FRAME_BYTES,
            "framesPerSecond": _frames_per_second(),
            "waitingSends": MAX_WAITING_SENDS,
        },
    }


def _resume_within(sockets: int) -> int:
    """The seconds over which the present clients should spread when they reconnect."""
    return min(max(1, sockets // RESUMED_PER_SECOND), LONGEST_SPREAD)


def _frames_per_second() -> int:
    return settings.FRAMES_PER_SECOND if settings.RATE_LIMITS else 0
