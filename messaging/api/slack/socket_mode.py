"""Socket Mode: an app of Slack's `slack_bolt` opens a socket here, and hears its bot's events.

`apps.connections.open` gives the address with a ticket, which works once within 30 s. A frame to
the app is an envelope, which it acknowledges by its id, with an answer where it is a slash
command's. An app that was away has missed what happened meanwhile: it may read the history.
"""

import contextlib
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import orjson
from channels.consumer import AsyncConsumer
from django.conf import settings

from accounts.auth.api_tokens import require_scope
from accounts.auth.scopes import Scope
from accounts.auth.tokens import issue_ticket, redeem_ticket
from accounts.errors import ScopeMissing
from accounts.models import ApiToken
from chatproject.core.api.json import dump, parse_object
from chatproject.core.api.problems import as_refusal
from chatproject.core.errors import InvalidInput, Refusal, Unauthenticated
from chatproject.realtime.database_threads import in_database_thread
from chatproject.realtime.presence.store import Status
from chatproject.realtime.socket import Socket
from chatproject.realtime.websocket import CLOSE_LATER, CLOSE_NOT_AUTHENTICATED
from messaging.api.slack.events import envelope, event_callback, slack_events
from messaging.api.slack.interactions import block_actions
from messaging.api.slack.method import Answer, Call, method
from messaging.integrations.payloads import PayloadRefused
from messaging.integrations.slash_commands import answer_command
from messaging.ws import runtime
from messaging.ws.connection import Connection, Disconnected, Receive, Send
from messaging.ws.runtime import Realtime

log = logging.getLogger(__name__)

PATH = "/v1/slack/socket"
MAX_PENDING = 1000  # slash commands of a socket that wait for their answer


@method("apps.connections.open", Scope.HISTORY_READ, names_channel=False)
def open_connection(call: Call) -> Answer:
    ticket = issue_ticket(sign_in_id=call.sign_in.pk)
    url = settings.PUBLIC_URL.replace("http", "ws", 1)
    return {"url": f"{url}{PATH}?ticket={ticket.text}"}


class SlackSocketConsumer(AsyncConsumer):  # type: ignore[misc]
    """One socket of an app."""

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        connection = Connection(receive, send)
        with contextlib.suppress(Disconnected):
            if not await connection.is_requested():
                return
            realtime = await runtime.start()
            try:
                user_id, sign_in_id = await in_database_thread(_identify, _ticket_in(scope))
                limit = settings.SOCKETS_PER_PERSON * settings.RATE_LIMITS
                with realtime.people.taken(user_id, limit):
                    await connection.accept()
                    await _serve(connection, realtime, user_id, sign_in_id)
            except Exception as error:
                refusal = as_refusal(error)
                if refusal is None:
                    raise
                is_known = isinstance(refusal, Unauthenticated | ScopeMissing)
                await connection.refuse(
                    CLOSE_NOT_AUTHENTICATED if is_known else CLOSE_LATER, refusal
                )


def _ticket_in(scope: Mapping[str, Any]) -> str:
    query: str = scope["query_string"].decode("latin-1")
    return parse_qs(query).get("ticket", [""])[0]


def _identify(ticket: str) -> tuple[UUID, UUID]:
    """The person and the sign-in of a ticket. Raises InvalidTicket, ScopeMissing."""
    sign_in = redeem_ticket(ticket)
    token = ApiToken.objects.filter(pk=sign_in.pk).first()
    if token is not None:
        sign_in.scopes = frozenset(token.scopes)
    require_scope(sign_in, Scope.HISTORY_READ)
    return sign_in.user_id, sign_in.pk


async def _serve(
    connection: Connection, realtime: Realtime, user_id: UUID, sign_in_id: UUID
) -> None:
    app = App(connection.send, user_id)
    socket = Socket(app.take, user_id=user_id, sign_in_id=sign_in_id)
    socket.hold()
    try:
        await realtime.hub.connect(socket)
        socket.release(b'{"type":"hello"}')
        realtime.presence.put(socket, Status.ONLINE)
        while not socket.is_closing:
            await app.hear(await connection.next_text())
    finally:
        realtime.presence.leave(socket)
        await realtime.hub.disconnect(socket)


class App:
    """Turns frames of ours into envelopes, and takes what the app acknowledges."""

    def __init__(self, send: Send, user_id: UUID) -> None:
        self._send = send
        self._user_id = user_id
        # The command and its caller, by the id of the envelope.
        self._pending: OrderedDict[str, tuple[UUID, UUID]] = OrderedDict()

    async def take(self, message: dict[str, Any]) -> None:
        """What the socket would send; only its closing goes through as it is."""
        if message["type"] != "websocket.send":
            await self._send(message)
            return
        for told in await self._told(orjson.loads(message["text"])):
            await self._send({"type": "websocket.send", "text": dump(told).decode()})

    async def _told(self, frame: Mapping[str, Any]) -> list[dict[str, Any]]:
        me = str(self._user_id)
        match frame.get("type"):
            case "hello":
                info = {"app_id": me}
                return [{"type": "hello", "num_connections": 1, "connection_info": info}]
            case "command.called":
                call = envelope("slash_commands", frame["form"], takes_answer=True)
                self._pending[call["envelope_id"]] = UUID(frame["commandId"]), UUID(frame["userId"])
                while len(self._pending) > MAX_PENDING:
                    self._pending.popitem(last=False)
                return [call]
        try:
            if frame.get("type") == "button.pressed":
                press = await in_database_thread(block_actions, frame, self._user_id)
                return [envelope("interactive", press)]
            events = await in_database_thread(slack_events, frame, self._user_id)
        except Exception:
            log.exception("an event for Socket Mode")
            return []
        return [envelope("events_api", event_callback(it, self._user_id)) for it in events]

    async def hear(self, text: str) -> None:
        """An acknowledgement. What cannot be read is passed over, as Slack does."""
        with contextlib.suppress(InvalidInput, Refusal, PayloadRefused, ValueError):
            told = parse_object(text)
            pending = self._pending.pop(str(told.get("envelope_id")), None)
            payload = told.get("payload")
            if pending is not None and isinstance(payload, dict):
                await in_database_thread(answer_command, *pending, payload)
