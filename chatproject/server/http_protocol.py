"""uvicorn's HTTP connection, with bounds on what a client may send before it is answered.

uvicorn takes headers of any length and waits for them, and for a body, for ever. Here headers have
a size and a deadline, and a body has to go on coming. Subclasses uvicorn's protocol for httptools;
what it leans on is asserted when it is imported.
"""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chatproject.server.answer_writes import AnswerTransport

# With some room for the request line: 64 KiB is what a proxy in front passes on at most.
MAX_HEADER_BYTES = 64 * 1024
# Of what came at once, so that headers and a part of the body are told apart.
PIECE = 16 * 1024
# From the first byte of a request, or the opening of the connection, to the end of its headers.
HEADER_SECONDS = 15.0
# A body has to bring this much in every such span of time, or to end.
BODY_SPAN_SECONDS = 15.0
BODY_SPAN_BYTES = 8 * 1024

for _name in (
    *("connection_made", "connection_lost", "data_received", "handle_websocket_upgrade"),
    *("on_message_begin", "on_headers_complete", "on_body", "on_message_complete"),
):
    assert callable(getattr(HttpToolsProtocol, _name, None)), f"uvicorn has no {_name} any more"

_TOO_LARGE = b"The headers are larger than 65536 bytes."
_TOO_SLOW = b"The request did not come in time."


class BoundedHttpProtocol(HttpToolsProtocol):
    """Answers 431 to headers that are too large and 408 to a request that stalls, and closes."""

    _header_bytes = 0
    _is_in_headers = True
    _is_upgraded = False
    _body_bytes = 0  # in the present span
    _deadline: TimerHandle | None = None

    @property
    def awaits_first_request(self) -> bool:
        return not any((self.cycle, self._is_upgraded, self.transport.is_closing()))

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._is_in_headers:
            super().data_received(data)
            return
        if self._deadline is None:  # the next request of a kept connection
            self._await_headers()
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            self._header_bytes += len(piece) if self._is_in_headers else 0
            super().data_received(piece)
            if self._is_in_headers and self._header_bytes > MAX_HEADER_BYTES:
                self._refuse(431, b"Request Header Fields Too Large", _TOO_LARGE)
            if self._is_upgraded or self.transport.is_closing():
                return

    def handle_websocket_upgrade(self) -> None:
        self._cancel_deadline()
        self._is_upgraded = True
        super().handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_headers = True

    def on_headers_complete(self) -> None:
        self._cancel_deadline()
        self._is_in_headers, self._header_bytes = False, 0
        super().on_headers_complete()
        self._join_head()
        self._body_bytes = 0
        self._await_body()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._cancel_deadline()
        self._is_in_headers = True
        super().on_message_complete()

    def _join_head(self) -> None:
        """The request's task was made just now, and has not begun."""
        cycle = self.cycle
        if cycle is not None and cycle.transport is self.transport:  # it is no upgrade
            cycle.transport = AnswerTransport(self.transport, self.loop)  # type: ignore[assignment]

    def _await_headers(self) -> None:
        self._deadline = self.loop.call_later(HEADER_SECONDS, self._headers_are_late)

    def _await_body(self) -> None:
        self._deadline = self.loop.call_later(BODY_SPAN_SECONDS, self._body_span_is_over)

    def _headers_are_late(self) -> None:
        self._deadline = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._await_headers()  # it waits for the answer before
        elif self._header_bytes:
            self._refuse(408, b"Request Timeout", _TOO_SLOW)
        elif not self.transport.is_closing():
            self.transport.close()

    def _body_span_is_over(self) -> None:
        self._deadline = None
        # While we do not read, for the sake of what is read already, the client is not to blame.
        if self._body_bytes < BODY_SPAN_BYTES and not self.flow.read_paused:
            self._refuse(408, b"Request Timeout", _TOO_SLOW)
            return
        self._body_bytes = 0
        self._await_body()

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: int, reason: bytes, text: bytes) -> None:
        """Answers unless an answer has begun, and closes; the application hears of a disconnect."""
        self._cancel_deadline()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            head = b"HTTP/1.1 %d %b\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n"
            self.transport.write(head % (status, reason, len(text)))
            self.transport.write(b"connection: close\r\n\r\n" + text)
        self.transport.close()
