"""Correlation ids, by which the log lines, tasks and SQL of a request or socket are found.

They go with the context: the event loop's tasks inherit them, threads take them over where the work
is handed to them. A task of the queue brings along those of what queued it.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple
from uuid import UUID

HEADER = b"x-request-id"

# What others may choose: long enough to be no accident, and fit for headers, logs and SQL comments.
_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
# How a lock of the queue carries ids, see `task_lock`.
_LOCK = re.compile(r"by:(request|socket):([A-Za-z0-9._-]{8,64}):[0-9a-f]{16}")


class Ids(NamedTuple):
    """Of what goes on. `person` is who is signed in, once that is known; nothing else of theirs."""

    request: str = ""
    socket: str = ""
    job: str = ""
    person: UUID | None = None

    def fields(self) -> dict[str, str]:
        """Those that are known, as in a log line."""
        named = {
            "request_id": self.request,
            "socket_id": self.socket,
            "job_id": self.job,
            "user_id": str(self.person or ""),
        }
        return {name: value for name, value in named.items() if value}


NOTHING = Ids()
_ids: ContextVar[Ids] = ContextVar("chat_ids", default=NOTHING)

current = _ids.get


def enter(ids: Ids) -> None:
    """From here on the context, which may be a thread's, belongs to them."""
    _ids.set(ids)


@contextmanager
def entered(ids: Ids) -> Iterator[None]:
    token = _ids.set(ids)
    try:
        yield
    finally:
        _ids.reset(token)


def of_person(user_id: UUID) -> None:
    """Says who it is, once that is known."""
    _ids.set(_ids.get()._replace(person=user_id))


def given_or_new(header: str) -> str:
    """The id that a client or a proxy has chosen, if it is sane; else a new one."""
    return header if _SANE.fullmatch(header) else secrets.token_hex(8)


def comment() -> str:
    """`/* request:ID */` before a statement, or nothing."""
    request, socket, job, _ = _ids.get()
    if not (request or socket or job):
        return ""
    named = (("request", request), ("socket", socket), ("job", job))
    return "/* {} */ ".format(" ".join(f"{name}:{value}" for name, value in named if value))


# -- the queue


def task_lock() -> str | None:
    """The ids for a task that is queued now, as its lock.

    The queue has no room of its own for them, and an argument more would be refused by workers of
    the former release. Each lock is unique, so that no task waits for another.
    """
    ids = _ids.get()
    kind, value = ("request", ids.request) if ids.request else ("socket", ids.socket)
    return f"by:{kind}:{value}:{secrets.token_hex(8)}" if value else None


def of_task(job_id: int, lock: str | None) -> Ids:
    """The ids of a task that runs, and of what queued it."""
    found = _LOCK.fullmatch(lock or "")
    if found is None:
        return Ids(job=str(job_id))
    kind, value = found.groups()
    if kind == "request":
        return Ids(job=str(job_id), request=value)
    return Ids(job=str(job_id), socket=value)
