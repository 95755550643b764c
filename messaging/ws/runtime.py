"""What a socket needs of its process: a contract, fulfilled by `chatproject.realtime_runtime`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from accounts.auth.socket_authenticator import SocketAuthenticator
from chatproject.realtime.hub import Hub
from chatproject.realtime.limits import AdmissionLimiter, ConnectionLimiter, TextPace
from chatproject.realtime.presence.presence import Presence
from chatproject.realtime.typing import TypingNotifier
from messaging.sending.writer import Writer
from messaging.ws.frame_shares import FrameShares
from messaging.ws.receipts import Receipts


@dataclass(frozen=True, slots=True)
class Realtime:
    hub: Hub
    writer: Writer
    presence: Presence
    typing_notifier: TypingNotifier
    admission_limiter: AdmissionLimiter
    frame_shares: FrameShares
    text_pace: TextPace
    receipts: Receipts = field(default_factory=Receipts)
    authenticator: SocketAuthenticator = field(default_factory=SocketAuthenticator)
    people: ConnectionLimiter = field(default_factory=ConnectionLimiter)
    addresses: ConnectionLimiter = field(default_factory=ConnectionLimiter)


Starter = Callable[[], Awaitable[Realtime]]

_starter: Starter | None = None


def install(starter: Starter) -> None:
    """Installs `starter`, which starts the parts in the running event loop and returns the same
    ones each time.
    """
    global _starter  # noqa: PLW0603 (one per process)
    _starter = starter


async def start() -> Realtime:
    """The parts of this process, started if they are not running. Raises RuntimeError if none are
    installed in this process."""
    if _starter is None:
        raise RuntimeError("no real-time part is installed in this process")
    return await _starter()
