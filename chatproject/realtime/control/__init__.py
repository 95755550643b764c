"""The control plane: commands that every process of the system carries out at once.

For what is rare: ended sign-ins, changed rights and filters, reloaded settings, and events of other
Django code from a process that serves nothing. Messages go by the bus. A command is idempotent, so
that it may come twice, and may get lost: the reconciler finds the same in the database.

`layer` is the plane itself, over Channels' channel layer.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

# The commands of the real-time core; what else is sent names its own.
SIGN_INS_ENDED = "sign_ins.ended"  # userId, or null for everybody; signInId, or null for all
PRESENCE_RIGHTS_CHANGED = "presence.rights_changed"  # userIds, as viewers and as seen


class Command(NamedTuple):
    """`fields` are JSON values."""

    kind: str
    fields: Mapping[str, Any]


Handler = Callable[[Mapping[str, Any]], None]


class Outlet(Protocol):
    def send(self, commands: Sequence[Command]) -> None:
        """Has every serving process carry out the commands. From any thread."""


_outlet: Outlet | None = None
_outside: Callable[[], Outlet | None] | None = None


def install(outlet: Outlet | None) -> None:
    """Makes the started control plane of a serving process that of this one."""
    global _outlet  # noqa: PLW0603 (one a process)
    _outlet = outlet


def install_outside(find: Callable[[], Outlet | None]) -> None:
    """`find` gives the way from a process that serves nothing, or None where there is none."""
    global _outside  # noqa: PLW0603 (likewise)
    _outside = find


def find_outlet() -> Outlet | None:
    """How this process reaches those that serve; None where it does not."""
    if _outlet is not None:
        return _outlet
    return _outside() if _outside is not None else None


def send(kind: str, **fields: Any) -> None:
    """Has every serving process carry out a command. From any thread, after the commit.

    Raises TypeError or ValueError for fields that are not JSON. Nothing else goes wrong for the
    caller: where a process is not reached, its reconciler finds what has changed.
    """
    json.dumps(fields, allow_nan=False)
    outlet = find_outlet()
    if outlet is not None:
        outlet.send([Command(kind, fields)])
