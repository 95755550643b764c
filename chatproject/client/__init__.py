"""An asynchronous client of the chat, for bots, scripts and tests. See README.md.

It stands alone: it needs httpx and websockets, and imports nothing of the server. Its wheel has it
as `chat_client`.
"""

from .backoff import Backoff
from .client import ChatClient
from .errors import ChatError, Closed, Refused, Unreachable
from .events import Event
from .rest import Rest, Tokens

__version__ = "0.1.0"

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
