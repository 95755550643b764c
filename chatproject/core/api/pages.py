"""The answer of a list that is read forward, page by page."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from chatproject.core.api import cursors
from chatproject.core.api.params import ApiRequest

Row = TypeVar("Row")


def forward_page(
    rows: Sequence[Row], limit: int, key: Callable[[Row], list[Any]]
) -> tuple[Sequence[Row], dict[str, Any]]:
    """The page's rows, and `next` and `previous` of the answer.

    `rows` are one more than the page holds where the list goes on; `key` gives the sort key that
    the cursor holds. There is no way back but to keep the cursors that one came by.
    """
    page = rows[:limit]
    goes_on = len(rows) > limit
    return page, {"next": cursors.encode(key(page[-1])) if goes_on else None, "previous": None}


def uuid_cursor(request: ApiRequest) -> UUID | None:
    """The id in a cursor of a list that is in the order of ids."""
    key = cursors.cursor_param(request, (str,))
    return None if key is None else cursors.uuid_in(key[0])
