"""The paths of the WebSocket."""

from collections.abc import Mapping
from typing import Any

from channels.routing import URLRouter
from django.urls import re_path

from messaging.api.slack.socket_mode import PATH, SlackSocketConsumer
from messaging.ws.connection import Receive, Send
from messaging.ws.consumer import ChatConsumer

UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


async def nothing_here(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Refuses the handshake of any other path."""
    await receive()
    await send({"type": "websocket.close"})


application = URLRouter(
    [
        re_path(r"^v1/ws/?$", ChatConsumer.as_asgi()),
        re_path(rf"^v1/ws/conversations/(?P<conversation_id>{UUID})/?$", ChatConsumer.as_asgi()),
        re_path(rf"^{PATH.removeprefix('/')}/?$", SlackSocketConsumer.as_asgi()),
        re_path(r"", nothing_here),  # type: ignore[arg-type]
    ]
)
