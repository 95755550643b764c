"""Servers on loopback that take what is sent to them: the other end of Sentry, OpenTelemetry and
mail."""

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer, StreamRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Posted(NamedTuple):
    path: str
    headers: str
    body: bytes


class Span(NamedTuple):
    """Ids in hexadecimal digits; `process` is its number in the system."""

    name: str
    trace: str
    id: str
    parent: str
    process: int
    attributes: dict[str, Any]
    begin: int
    end: int


class _InAThread:
    """Serves while the block runs."""

    _server: BaseServer

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class Collector(_InAThread):
    def __init__(self) -> None:
        self.posted: list[Posted] = []
        posted = self.posted

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers["content-encoding"] == "gzip":
                    body = gzip.decompress(body)
                posted.append(Posted(self.path, str(self.headers), body))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.dsn = f"http://key@127.0.0.1:{self._server.server_port}/7"

    def events(self) -> list[dict[str, Any]]:
        """Of Sentry's envelopes: a line with a header, then two for each item, header and body."""
        found = []
        for posted in list(self.posted):
            if posted.path.startswith("/api/7/"):
                rows = posted.body.split(b"\n")
                for head, body in zip(rows[1::2], rows[2::2], strict=False):
                    if json.loads(head)["type"] == "event":
                        found.append(json.loads(body))
        return found

    def spans(self) -> Iterator[Span]:
        for posted in list(self.posted):
            if posted.path == "/v1/traces":
                yield from _spans(ExportTraceServiceRequest.FromString(posted.body))


def _spans(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for resource in request.resource_spans:
        process = _values(resource.resource.attributes)["process.pid"]
        for scope in resource.scope_spans:
            for it in scope.spans:
                yield Span(
                    *(it.name, it.trace_id.hex(), it.span_id.hex(), it.parent_span_id.hex()),
                    *(process, _values(it.attributes)),
                    *(it.start_time_unix_nano, it.end_time_unix_nano),
                )


def _values(attributes: Any) -> dict[str, Any]:
    return {it.key: getattr(it.value, it.value.WhichOneof("value")) for it in attributes}


class GossipingMailServer(_InAThread):
    """Refuses every recipient for now, with words about them as mail servers use them."""

    def __init__(self, words: str) -> None:
        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 here")
                while line := self.rfile.readline().decode():
                    address = line.strip().partition("<")[2]
                    refusal = f"451 4.2.1 <{address} is full, {words}"
                    self._say(refusal if line.upper().startswith("RCPT") else "250 so be it")

            def _say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

        self._server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"smtp://127.0.0.1:{self._server.server_address[1]}"
