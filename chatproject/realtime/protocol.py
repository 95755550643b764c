"""uvicorn's WebSocket connection, with a fast path for incoming frames and a close code of ours.

To take a small text frame through the library's parser, a queue and a task's turn costs several
times what it takes to unmask it and hand it over. So incoming bytes are cut into frames here: a
small text frame goes straight to `take`, everything else to the library, which thereby always
stands between two frames. What breaks the protocol is left for it to refuse.

This and `socket.py` use attributes that uvicorn does not document. They are checked at import, so
that an upgrade which renames one fails at start and not in the middle of a conversation.
"""

from collections.abc import Callable, Iterable
from types import FunctionType

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import apply_mask  # type: ignore[attr-defined]
from websockets.server import ServerProtocol

from chatproject.realtime.websocket import CLOSE_GOING_AWAY, RESTARTING, TEXT_AND_FIN

FIN = MASKED = 0x80
TWO_BYTES, EIGHT_BYTES = 126, 127  # of length, behind the first two
MASK_BYTES = 4
END_OF_REQUEST = b"\r\n\r\n"

Take = Callable[[str], bool]


def missing_names(cls: type, names: Iterable[str]) -> list[str]:
    """Those that the class neither has nor sets in an `__init__` of its own or a base's."""
    known = set(dir(cls))
    for base in cls.__mro__:
        init = vars(base).get("__init__")
        if isinstance(init, FunctionType):
            known.update(init.__code__.co_names)
    return sorted(set(names) - known)


def require_names(cls: type, *names: str) -> None:
    if missing := missing_names(cls, names):
        raise ImportError(
            f"{cls.__module__}.{cls.__qualname__} has no {', '.join(missing)} in this release. "
            "Install the release that requirements.txt pins, or adapt chatproject.realtime."
        )


require_names(
    WebSocketsSansIOProtocol,
    *("close_sent", "conn", "disconnected", "handshake_complete", "handshake_initiated", "queue"),
    *("transport", "writable", "data_received", "receive", "send", "shutdown", "stop_keepalive"),
    *("keepalive_timeout", "loop", "ping_timeout", "pong_timer", "read_paused"),
    "send_keepalive_ping",
)
require_names(ServerProtocol, "data_to_send", "extensions", "send_close")


class ShortCutProtocol(WebSocketsSansIOProtocol):
    """`take` gets the text of a small frame; where it returns False, the library gets the frame.

    It is not called while an earlier frame waits in the library's queue, and has to know whether
    one is still being worked on.
    """

    take: Take | None = None
    _begun = b""  # the beginning of a frame
    _cuts = True
    _has_said_something = False  # since the last ping, or the last time its pong was late

    def data_received(self, data: bytes) -> None:
        self._has_said_something = True
        is_cut = self.handshake_complete and self._cuts
        if not is_cut:
            self._pass_on(data)
            return
        data, at = self._begun + data, 0
        while (end := self._end_of_frame(data, at)) <= len(data):
            if not self._has_taken(data, at, end):
                super().data_received(data[at:end])
            at = end
            if self.close_sent:  # the library refused a frame: the rest is not cut
                self._cuts = False
                break
        self._begun = data[at:]
        if not self._cuts:
            self._begun = b""
            super().data_received(data[at:])

    def send_keepalive_ping(self) -> None:
        self._has_said_something = False
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """A client that we do not read, for its pace or for the writer, is not to blame: its pong
        lies behind its frames. One that goes on sending is not gone either."""
        if not self.read_paused and not self._has_said_something:
            super().keepalive_timeout()
            return
        self._has_said_something = False
        assert self.ping_timeout is not None
        self.pong_timer = self.loop.call_later(self.ping_timeout, self.keepalive_timeout)

    def shutdown(self) -> None:
        """Ends as the library does, but with the close code that says to come back."""
        if self.close_sent or not self.handshake_complete:
            super().shutdown()
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": CLOSE_GOING_AWAY})
        self.conn.send_close(CLOSE_GOING_AWAY, RESTARTING)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def _pass_on(self, data: bytes) -> None:
        """A client that sends before the handshake is over may have sent half a frame."""
        is_early = self.handshake_initiated
        super().data_received(data)
        if is_early or (self.handshake_initiated and not data.endswith(END_OF_REQUEST)):
            self._cuts = False

    def _end_of_frame(self, data: bytes, at: int) -> int:
        """Where the frame that begins at `at` ends; behind all data while that is not known."""
        unknown = len(data) + 1
        if len(data) - at < 2:
            return unknown
        size, body = data[at + 1] & ~MASKED, at + 2
        if size == EIGHT_BYTES or not data[at] & FIN:
            self._cuts = False  # large or in parts: the library gets all from here on
            return unknown
        if size == TWO_BYTES:
            if len(data) - body < 2:
                return unknown
            size, body = int.from_bytes(data[body : body + 2], "big"), body + 2
        return body + size + (MASK_BYTES if data[at + 1] & MASKED else 0)

    def _has_taken(self, data: bytes, at: int, end: int) -> bool:
        if (
            self.take is None
            or data[at] != TEXT_AND_FIN
            or not data[at + 1] & MASKED
            or self.close_sent
            or not self.queue.empty()
        ):
            return False
        mask = at + (4 if data[at + 1] & ~MASKED == TWO_BYTES else 2)
        body = mask + MASK_BYTES
        try:
            text = apply_mask(data[body:end], data[mask:body]).decode()
        except UnicodeDecodeError:
            return False
        return self.take(text)
