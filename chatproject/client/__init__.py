"""An asynchronous client of the chat, for bots, scripts and tests. See docs/client.md.

It stands alone: it needs httpx and websockets, and imports nothing of the server.
"""

from chatproject.client.backoff import Backoff
from chatproject.client.client import ChatClient
from chatproject.client.errors import ChatError, Closed, Refused, Unreachable
from chatproject.client.events import Event
from chatproject.client.rest import Rest, Tokens

__all__ = [
    "Backoff",
    "ChatClient",
    "ChatError",
    "Closed",
    "Event",
    "Refused",
    "Rest",
    "Tokens",
    "Unreachable",
]
