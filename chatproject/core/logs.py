"""Log lines by structlog: text on a terminal, JSON for machines, each with the ids of what it
belongs to (`correlation`) and without anybody's words (`error_redaction`).

Code writes them by the standard library's loggers, as do Django and the others; structlog's own
loggers are for lines with fields (`structlog.get_logger(name).info("answered", status=200)`).
"""

import logging
import sys
import threading
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
import structlog
from structlog.stdlib import ProcessorFormatter

from chatproject.core import correlation
from chatproject.core.error_redaction import message_of, traceback_of, without_secrets

logger = logging.getLogger(__name__)

Fields = MutableMapping[str, Any]

FORMATS = ("plain", "json")
_LEVEL_WIDTH = 7


def formatter(style: str) -> logging.Formatter:
    """For `LOGGING`: of the lines of all loggers, in one of FORMATS."""
    _pass_on_structlog()
    renderer = _as_json if style == "json" else _as_text
    return ProcessorFormatter(
        processors=[ProcessorFormatter.remove_processors_meta, renderer],
        foreign_pre_chain=SHARED,
    )


def _pass_on_structlog() -> None:
    """Sends the lines of structlog's own loggers through the standard library's."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def log_what_python_prints() -> None:
    """For processes that serve: warnings and what a thread or a finalizer raises become lines of
    the log, instead of what Python prints, with the exception's message."""
    logging.captureWarnings(capture=True)
    threading.excepthook = _thread_failed
    sys.unraisablehook = _finalizer_failed


def _thread_failed(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is not SystemExit and args.exc_value is not None:
        logger.error("a thread has failed", exc_info=args.exc_value)


def _finalizer_failed(args: "sys.UnraisableHookArgs") -> None:
    if args.exc_value is not None:
        logger.error("something failed while it was removed", exc_info=args.exc_value)


class RedactingFilter(logging.Filter):
    """Redacts records of other packages, which may contain personal data."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(_redacted, record.args))
        if record.name == "asyncio":  # what follows are reprs of tasks, futures and callbacks
            record.msg, record.args = record.getMessage().partition("\n")[0], ()
        elif record.name.startswith("procrastinate") and hasattr(record, "job"):
            _leave_out_arguments(record)
        elif record.name.startswith("django.") and hasattr(record, "request"):
            if record.name.startswith("django.security."):
                _leave_out_what_was_sent(record)
            _name_the_route(record)
        return True


def _redacted(value: Any) -> Any:
    return _Redacted(message_of(value)) if isinstance(value, BaseException) else value


class _Redacted(str):
    """A string whose %r equals its %s."""

    __slots__ = ()
    __repr__ = str.__str__


def _leave_out_arguments(record: logging.LogRecord) -> None:
    """Of a task; procrastinate writes each as the call that it is."""
    job: Any = record.job  # type: ignore[attr-defined]
    call, name = str(job.get("call_string", "")), f"{job.get('task_name')}[{job.get('id')}]"
    text = record.getMessage()
    if call and call in text:
        text = text.replace(call, name)
    elif name not in text:  # nor was it done already
        text = f"job {name}"
    record.msg = text.partition(" - Result:")[0]
    record.args = ()


def _leave_out_what_was_sent(record: logging.LogRecord) -> None:
    """Django quotes the name of a file, the Origin, or the Referer with its query."""
    if record.exc_info and record.exc_info[1] is not None:
        record.msg, record.args = message_of(record.exc_info[1]), ()
    elif isinstance(record.args, tuple):
        record.args = tuple(
            it.partition(" - ")[0] if isinstance(it, str) else it for it in record.args
        )


def _name_the_route(record: logging.LogRecord) -> None:
    """Django writes the path, in which there may be anything."""
    match = getattr(record.request, "resolver_match", None)  # type: ignore[attr-defined]
    route = f"/{match.route}" if match else "(no route)"
    path = getattr(record.request, "path", None)  # type: ignore[attr-defined]
    if isinstance(record.args, tuple):
        record.args = tuple(route if it == path else it for it in record.args)


# -- processors


def _add_ids(logger: Any, name: str, fields: Fields) -> Fields:
    fields.update(correlation.current().fields())
    return fields


def _add_exception(logger: Any, name: str, fields: Fields) -> Fields:
    given = fields.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        fields["exception"] = traceback_of(error)
    return fields


def _without_secrets(logger: Any, name: str, fields: Fields) -> Fields:
    fields["event"] = without_secrets(str(fields.get("event", "")))
    return fields


SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _add_ids,
    _add_exception,
    _without_secrets,
]


def _as_json(logger: Any, name: str, fields: Mapping[str, Any]) -> str:
    return orjson.dumps(fields, default=repr).decode()


def _as_text(logger: Any, name: str, fields: Fields) -> str:
    """`2026-11-29T05:00:00.000000Z INFO    logger: event key=value`, and the traceback below."""
    taken = {key: fields.pop(key, "") for key in ("timestamp", "level", "logger", "event")}
    exception = fields.pop("exception", None)
    level = taken["level"].upper().ljust(_LEVEL_WIDTH)
    line = f"{taken['timestamp']} {level} {taken['logger']}: {taken['event']}"
    line += "".join(f" {key}={value}" for key, value in fields.items())
    return f"{line}\n{exception}" if exception else line
