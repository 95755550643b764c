"""Search over REST: messages, conversations, people and files that one may see."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.people.accounts import is_time_zone
from chatproject.core.api import cursors
from chatproject.core.api.params import (
    CURSOR,
    choice_param,
    int_param,
    limit_param,
    limit_parameter,
    text_param,
)
from chatproject.core.api.views import ApiView, route
from chatproject.core.errors import InvalidInput
from messaging.api.search_shapes import SEARCH_ANSWER
from messaging.search.contract import Key, Reach
from messaging.search.files import FILE_KINDS, search_files
from messaging.search.hits import MAX_NEIGHBOURS
from messaging.search.messages import Position, Sort, search_messages
from messaging.search.names import NamePosition, find_conversations, find_people
from messaging.search.query import FILTERS, MAX_LENGTH, Query, parse_query

KINDS = ("messages", "conversations", "people", "files")
DEFAULT_LIMIT, MAX_LIMIT = 20, 100
MAX_NAME = 200


class SearchView(ApiView):
    @extend_schema(
        operation_id="search",
        parameters=[
            OpenApiParameter(
                "q",
                {"type": "string", "maxLength": MAX_LENGTH},
                description='Words, "phrases", -without, or; and filters.',
            ),
            OpenApiParameter("kind", enum=list(KINDS), description="`messages` when absent."),
            *(
                OpenApiParameter(
                    name,
                    {"type": "array", "items": {"type": "string", "maxLength": MAX_NAME}},
                    description="As the filter in `q`; `-` before a value negates it.",
                )
                for name in FILTERS
            ),
            OpenApiParameter(
                "sort",
                enum=[each.value for each in Sort],
                description="Of messages; `relevance` when absent.",
            ),
            OpenApiParameter("fileKind", enum=list(FILE_KINDS), description="`all` when absent."),
            OpenApiParameter(
                "neighbours",
                {"type": "integer", "minimum": 0, "maximum": MAX_NEIGHBOURS},
                description="How many messages before and after each hit.",
            ),
            OpenApiParameter(
                "timeZone", description="Of the days; one's own setting when absent, else UTC."
            ),
            CURSOR,
            limit_parameter(default=DEFAULT_LIMIT, maximum=MAX_LIMIT),
        ],
        responses=SEARCH_ANSWER,
        summary="Find what one may see",
    )
    def get(self, request: Request) -> Response:
        kind = _choice(request, "kind", KINDS)
        limit = limit_param(request, default=DEFAULT_LIMIT, maximum=MAX_LIMIT)
        _refuse_unknown_choices(request)
        query = parse_query(_text(request), _filters(request))
        answer = _ASKED[kind](request, query, limit)
        understood = [] if kind in _NAMED else query.filters
        shapes = [
            {"name": it.name, "value": it.value, "negated": it.is_negated, "text": it.source}
            for it in understood
        ]
        return Response({"filters": shapes, **answer, "previous": None})


def _messages(request: Request, query: Query, limit: int) -> dict[str, Any]:
    sort = Sort(_choice(request, "sort", [each.value for each in Sort]))
    key = cursors.cursor_param(request, (str, str, str))
    page = search_messages(
        viewer=_viewer(request),
        query=query,
        sort=sort,
        position=None if key is None else _position(sort, *key),
        limit=limit,
        neighbours=int_param(request, "neighbours", maximum=MAX_NEIGHBOURS) or 0,
        zone=_zone(request),
    )
    following = None if page.next is None else cursors.encode(_position_key(page.next))
    return {"results": page.results, "people": page.people, "next": following}


def _files(request: Request, query: Query, limit: int) -> dict[str, Any]:
    key = cursors.cursor_param(request, (str, int))
    results, following = search_files(
        viewer=_viewer(request),
        query=query,
        file_kind=_choice(request, "fileKind", FILE_KINDS),
        after=None if key is None else (_key(key[0]), key[1]),
        limit=limit,
        zone=_zone(request),
    )
    cursor = following and cursors.encode([_key_text(following[0]), following[1]])
    return {"results": results, "next": cursor}


def _conversations(request: Request, query: Query, limit: int) -> dict[str, Any]:
    return _named(request, find_conversations, limit)


def _people(request: Request, query: Query, limit: int) -> dict[str, Any]:
    return _named(request, find_people, limit)


def _named(request: Request, find: Any, limit: int) -> dict[str, Any]:
    name = _text(request)
    key = cursors.cursor_param(request, (str, str))
    after = None if key is None else NamePosition(_rank(key[0]), cursors.uuid_in(key[1]))
    viewer_id = _viewer(request).pk
    found = find(viewer_id=viewer_id, name=name, after=after, limit=limit + 1) if name else []
    goes_on = len(found) > limit
    place = found[limit - 1][1] if goes_on else None
    return {
        "results": [result for result, _ in found[:limit]],
        "next": place and cursors.encode([place.rank, str(place.id)]),
    }


_ASKED = {
    "messages": _messages,
    "conversations": _conversations,
    "people": _people,
    "files": _files,
}
_NAMED = ("conversations", "people")


def _viewer(request: Request) -> User:
    user: User = request.user  # type: ignore[assignment]
    return user


def _text(request: Request) -> str:
    return text_param(request, "q", max_length=MAX_LENGTH) or ""


def _filters(request: Request) -> Mapping[str, Sequence[str]]:
    given = {name: request.query_params.getlist(name) for name in FILTERS}
    for name, values in given.items():
        if any("\0" in value or len(value) > MAX_NAME for value in values):
            raise InvalidInput.of(name, f"At most {MAX_NAME} characters, and no NUL.")
    return given


def _refuse_unknown_choices(request: Request) -> None:
    """Also of what another kind reads."""
    _choice(request, "sort", [each.value for each in Sort])
    _choice(request, "fileKind", FILE_KINDS)
    int_param(request, "neighbours", maximum=MAX_NEIGHBOURS)


def _choice(request: Request, name: str, choices: Sequence[str]) -> str:
    """The first one when the parameter is absent."""
    return choice_param(request, name, choices) or choices[0]


def _zone(request: Request) -> str:
    zone = text_param(request, "timeZone", max_length=64) or ""
    if not is_time_zone(zone):
        raise InvalidInput.of("timeZone", "A name such as Europe/Berlin is needed.", "unknown_zone")
    return zone


# -- cursors: a key as `2026-01-31T09:30:00.000001+00:00|conversation|seq`


def _position_key(position: Position) -> list[str]:
    block, key = (each and _key_text(each) for each in (position.block, position.key))
    reach = f"{position.reach.value} {position.score}"
    return [reach, block or "", key or ""]


def _position(sort: Sort, reach: str, block: str, key: str) -> Position:
    try:
        name, score = reach.split(" ")
        return Position(
            Reach(name), _key(block) if block else None, float(score), _key(key) if key else None
        )
    except ValueError:
        raise cursors.foreign_cursor() from None


def _key_text(key: Key) -> str:
    return f"{key.created_at.isoformat()}|{key.conversation_id}|{key.seq}"


def _key(text: str) -> Key:
    try:
        at, conversation_id, seq = text.split("|")
        if not 0 <= int(seq) < 2**62:
            raise ValueError(text)
        return Key(cursors.moment_in(at), UUID(conversation_id), int(seq))
    except ValueError:
        raise cursors.foreign_cursor() from None


def _rank(text: str) -> str:
    if not text.replace(".", "", 1).isdigit() or not text.isascii() or len(text) > 12:
        raise cursors.foreign_cursor()
    return text


SEARCH_ROUTES: list[URLPattern] = [route("search", SearchView.as_view(), "search")]
