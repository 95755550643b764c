"""Pages of a list by seeking: from a row on, forwards or backwards, never by OFFSET."""

from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)


class Position(NamedTuple):
    """The edge of a page: the sort values of its row, and the direction of reading."""

    key: tuple[Any, ...]
    forwards: bool = True


class Page(NamedTuple, Generic[M]):
    """Rows in the list's order, and the positions of the next and previous pages, if any."""

    rows: list[M]
    next: Position | None
    previous: Position | None


def read_page(
    rows: QuerySet[M], order: Sequence[str], *, position: Position | None, limit: int
) -> Page[M]:
    """At most `limit` rows from the position on; one query.

    `order` names fields or annotations that together are unique, each `-name` for descending.
    """
    at = position or Position(())
    directed = list(order) if at.forwards else [_reversed(name) for name in order]
    if at.key:
        rows = rows.filter(_beyond(directed, at.key))
    found = list(rows.order_by(*directed)[: limit + 1])
    has_more, found = len(found) > limit, found[:limit]
    if not at.forwards:
        found.reverse()
    has_next = bool(found) and (has_more if at.forwards else True)
    has_previous = bool(found) and (bool(at.key) if at.forwards else has_more)
    return Page(
        found,
        Position(_key(found[-1], order)) if has_next else None,
        Position(_key(found[0], order), forwards=False) if has_previous else None,
    )


def _beyond(order: Sequence[str], key: Sequence[Any]) -> Q:
    """The rows after the key, compared like a tuple."""
    beyond = Q()
    equal: dict[str, Any] = {}
    for name, value in zip(order, key, strict=True):
        field = name.removeprefix("-")
        comparison = "lt" if name.startswith("-") else "gt"
        beyond |= Q(**equal, **{f"{field}__{comparison}": value})
        equal[field] = value
    # Redundant, but in a form that lets an index scan start at the key.
    first = order[0].removeprefix("-")
    return beyond & Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": key[0]})


def _reversed(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _key(row: Model, order: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(row, name.removeprefix("-")) for name in order)
