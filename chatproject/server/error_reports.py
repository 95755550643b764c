"""Sends what is logged as an error to a Sentry, where SENTRY_DSN names one.

An event is made anew of what may be told (`core.error_redaction`): no body, header, cookie,
address, local variable or message made of people's words. Nothing of this is imported without the
setting.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from chatproject.core import correlation, logs
from chatproject.core.error_redaction import chain, message_of, without_secrets

# Of an event and of a frame of a traceback. All else that the library may add is left out.
EVENT = ("event_id", "timestamp", "platform", "level", "logger", "release", "environment", "sdk")
FRAME = ("filename", "abs_path", "function", "module", "lineno", "in_app")
SOURCE = ("pre_context", "context_line", "post_context")


def start() -> None:
    """Needs SENTRY_DSN. The library reads SENTRY_ENVIRONMENT too."""
    import sentry_sdk  # noqa: PLC0415 (only who wants it pays for it)
    from sentry_sdk.integrations.atexit import AtexitIntegration  # noqa: PLC0415
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration  # noqa: PLC0415
    from sentry_sdk.integrations.logging import LoggingIntegration  # noqa: PLC0415
    from sentry_sdk.integrations.threading import ThreadingIntegration  # noqa: PLC0415

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=settings.VERSION,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            LoggingIntegration(level=None, sentry_logs_level=None),
            ExcepthookIntegration(),
            ThreadingIntegration(propagate_scope=False),
            AtexitIntegration(callback=_say_nothing),
        ],
        before_send=discreet,
        send_default_pii=False,
        include_local_variables=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        auto_session_tracking=False,
        traces_sample_rate=None,
        server_name="",
    )


def _say_nothing(pending: int, timeout: float) -> None:
    """At the end, instead of what the library would print while it sends what is left."""


def discreet(event: Mapping[str, Any], hint: Mapping[str, Any]) -> Any:
    """The event with what may be told alone, and the ids of what went wrong."""
    ids = correlation.current().fields()
    told: dict[str, Any] = {name: event[name] for name in EVENT if name in event}
    told["user"] = {"id": ids.pop("user_id")} if "user_id" in ids else {}
    told["tags"] = ids
    if message := _message(hint):
        told["logentry"] = {"formatted": message}
    if "exception" in event:
        told["exception"] = {"values": list(_exceptions(event, hint))}
    return told


def _message(hint: Mapping[str, Any]) -> str:
    record = hint.get("log_record")
    if record is None:
        return ""
    logs.RedactingFilter().filter(record)  # as for the log, whoever was first
    return without_secrets(record.getMessage())


def _exceptions(event: Mapping[str, Any], hint: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The chain as the library tells it, with messages of ours."""
    raised = (hint.get("exc_info") or (None, None, None))[1]
    messages = {type(error).__qualname__: message_of(error) for error in chain(raised)}
    for value in event["exception"].get("values", ()):
        kind = value.get("type")
        stack = (value.get("stacktrace") or {}).get("frames", ())
        yield {
            "type": kind,
            "module": value.get("module"),
            "value": messages.get(kind, "").partition(": ")[2],
            "mechanism": {"type": "logging", "handled": True},
            "stacktrace": {"frames": [_frame(frame) for frame in stack]},
        }


def _frame(frame: Mapping[str, Any]) -> dict[str, Any]:
    return {name: frame[name] for name in (*FRAME, *SOURCE) if name in frame}
