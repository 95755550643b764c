"""The control plane: commands that every process of the system carries out at once.

It is for rare commands: ended sign-ins, changed rights and filters, reloaded settings, and events
of other Django code from a process without sockets. Messages go over the bus. Commands are
idempotent, so one may arrive twice; if one is lost, the reconciler finds the same in the database.

`layer` implements it over Channels' channel layer.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

# The commands of the real-time core; other modules define their own.
SIGN_INS_ENDED = "sign_ins.ended"  # userId, or null for everybody; signInId, or null for all
PRESENCE_RIGHTS_CHANGED = "presence.rights_changed"  # userIds, as viewers and as seen


class Command(NamedTuple):
    """`fields` are JSON values."""

    kind: str
    fields: Mapping[str, Any]


Handler = Callable[[Mapping[str, Any]], None]


class Outlet(Protocol):
    def send(self, commands: Sequence[Command]) -> None:
        """Makes every serving process carry out the commands. May be called from any thread."""


_outlet: Outlet | None = None
_outside: Callable[[], Outlet | None] | None = None


def install(outlet: Outlet | None) -> None:
    """Sets this process' control plane, when it has started."""
    global _outlet  # noqa: PLW0603 (one a process)
    _outlet = outlet


def install_outside(find: Callable[[], Outlet | None]) -> None:
    """`find` returns how a process without sockets reaches the others, or None if it cannot."""
    global _outside  # noqa: PLW0603 (likewise)
    _outside = find


def find_outlet() -> Outlet | None:
    """How this process reaches the serving ones; None if it cannot."""
    if _outlet is not None:
        return _outlet
    return _outside() if _outside is not None else None


def send(kind: str, **fields: Any) -> None:
    """Makes every serving process carry out a command. May be called from any thread, after the
    commit.

    Raises TypeError or ValueError for fields that are not JSON, and nothing else: if a process is
    not reached, its reconciler finds what has changed.
    """
    json.dumps(fields, allow_nan=False)
    outlet = find_outlet()
    if outlet is not None:
        outlet.send([Command(kind, fields)])
