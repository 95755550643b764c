"""What the follower does, in the transaction of a test."""

from collections.abc import Callable
from typing import Any, ParamSpec

from chatproject.core.db.readings import Rows, Steps
from messaging.inbox.applying import (
    FIRST,
    Applied,
    apply_changes,
    behind_after,
    database_clock,
    note_applied,
)
from messaging.models import InboxCursor, InboxEntry

P = ParamSpec("P")


def begin() -> None:
    """Entries are kept from here on."""
    note_applied(Applied(0, 0, []), None)


def catch_up() -> Applied:
    """Applies everything, and says so."""
    begin()
    behind, last = behind_after(FIRST, 10_000)
    assert last is None
    done = apply_changes(behind)
    note_applied(done, database_clock())
    return done


def after_rebuilding(page_rows: Callable[P, Steps[Rows]]) -> Callable[P, Steps[Rows]]:
    """Reads from entries that are all written anew, whatever a test has done to the rows."""

    def read(*args: P.args, **kwargs: P.kwargs) -> Steps[Any]:
        InboxEntry.objects.all().delete()
        InboxCursor.objects.all().delete()
        assert catch_up().left == []
        return page_rows(*args, **kwargs)

    return read
