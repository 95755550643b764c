"""Positions in lists as the cursors of the wire, and pages as list answers."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.cursors import cursor_param, encode, uuid_in
from chatproject.core.db.seek_pagination import Page, Position

M = TypeVar("M", bound=Model)


def position_param(request: Request, *types: type) -> Position | None:
    """The position in `cursor`, whose values must be of `types`; raises InvalidInput."""
    on_wire = tuple(str if kind is UUID else kind for kind in types)
    cursor = cursor_param(request, (bool, *on_wire))
    if cursor is None:
        return None
    forwards, *key = cursor
    values = tuple(uuid_in(v) if kind is UUID else v for kind, v in zip(types, key, strict=True))
    return Position(values, forwards)


def page_answer(page: Page[M], to_json: Callable[[M], dict[str, Any]]) -> Response:
    return list_answer(
        [to_json(row) for row in page.rows], _cursor(page.next), _cursor(page.previous)
    )


def list_answer(
    results: list[dict[str, Any]], next_cursor: str | None = None, previous: str | None = None
) -> Response:
    return Response({"results": results, "next": next_cursor, "previous": previous})


def _cursor(position: Position | None) -> str | None:
    if position is None:
        return None
    key = [str(value) if isinstance(value, UUID) else value for value in position.key]
    return encode([position.forwards, *key])
