"""Traces by OpenTelemetry, where its own variables name a collector: OTEL_EXPORTER_OTLP_ENDPOINT or
OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. Otherwise nothing of it is imported, and `is_on` is False.

One send is one trace: `message.send` from taking it in to its answer, below that `message.store`,
the flush in which it was stored, and `message.deliver` in each process that tells its sockets. A
request over http is a span of its own, which continues the trace of its `traceparent`. Spans have
ids and figures, nobody's words.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any
from uuid import UUID

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
NO_TRACE = b""

_tracer: Any = None
_provider: Any = None


def is_wanted(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the variables say so."""
    is_off = environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    is_elsewhere = environ.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp"
    return any(map(environ.get, ENDPOINTS)) and not (is_off or is_elsewhere)


def is_on() -> bool:
    return _tracer is not None


def start(version: str) -> None:
    """Once a process, before it serves."""
    global _tracer, _provider  # noqa: PLW0603 (one a process)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    own: dict[str, Any] = {"service.version": version, "process.pid": os.getpid()}
    if "OTEL_SERVICE_NAME" not in os.environ:
        own["service.name"] = "chat"
    _provider = TracerProvider(resource=Resource.create(own), shutdown_on_exit=False)
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = _provider.get_tracer("chatproject", version)


def stop(seconds: float = 2.0) -> None:
    """Sends what is left, for no longer than that: a collector that is away delays no end."""
    global _tracer  # noqa: PLW0603
    if _tracer is not None:
        _tracer = None
        sending = Thread(target=_provider.shutdown, daemon=True)
        sending.start()
        sending.join(seconds)


class SendSpan:
    """One send, from taking it in to its answer. Made only when `is_on`."""

    __slots__ = ("_span",)

    def __init__(self, conversation_id: UUID, via: str) -> None:
        attributes = {"chat.conversation_id": str(conversation_id), "chat.via": via}
        self._span = _tracer.start_span("message.send", attributes=attributes)

    def stored(self, begun_ns: int, result: str, drafts: int) -> None:
        """The flush that stored it, or refused to, has ended."""
        from opentelemetry.trace import set_span_in_context  # noqa: PLC0415

        if not is_on():
            return
        store = _tracer.start_span(
            "message.store",
            context=set_span_in_context(self._span),
            start_time=begun_ns,
            attributes={"chat.flush_drafts": drafts, "chat.result": result},
        )
        store.end()

    def answered(self, result: str) -> None:
        self._span.set_attribute("chat.result", result)
        self._span.end()

    @property
    def place(self) -> bytes:
        """The trace and the span, 24 bytes, for who delivers the message; none if not sampled."""
        context = self._span.get_span_context()
        if not context.trace_flags.sampled:
            return NO_TRACE
        return bytes(context.trace_id.to_bytes(16, "big") + context.span_id.to_bytes(8, "big"))


def delivered(places: Sequence[bytes], begun_ns: int, sockets: int) -> None:
    """This process has told its sockets of the messages."""
    from opentelemetry import trace  # noqa: PLC0415

    if not is_on():
        return
    for place in places:
        parent = trace.SpanContext(
            trace_id=int.from_bytes(place[:16], "big"),
            span_id=int.from_bytes(place[16:], "big"),
            is_remote=True,
            trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
        )
        span = _tracer.start_span(
            "message.deliver",
            context=trace.set_span_in_context(trace.NonRecordingSpan(parent)),
            kind=trace.SpanKind.CONSUMER,
            start_time=begun_ns,
            attributes={"chat.sockets": sockets},
        )
        span.end()


@contextmanager
def request(
    method: str, headers: Sequence[tuple[bytes, bytes]], *, tells_failed: bool = True
) -> Iterator[Any]:
    """In this thread; gives the span, or None when there are no traces. What has failed is not
    told where it is tried again in a request of its own."""
    if not is_on():
        yield None
        return
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
        TraceContextTextMapPropagator,
    )

    sent = {
        name.decode("latin-1").lower(): value.decode("latin-1")
        for name, value in headers
        if name.lower() in (b"traceparent", b"tracestate")
    }
    context = TraceContextTextMapPropagator().extract(sent)
    span = _tracer.start_span(f"HTTP {method}", context=context, kind=trace.SpanKind.SERVER)
    with trace.use_span(span, end_on_exit=tells_failed, record_exception=False):
        yield span
    if not tells_failed:
        span.end()


def now_ns() -> int:
    """The clock of spans; 0 when there are none."""
    return time.time_ns() if is_on() else 0
