"""The directory of public conversations over REST: shapes, parameters and pages."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from chatproject.core.api.cursors import cursor_param, encode, foreign_cursor, moment_in, uuid_in
from chatproject.core.api.params import choice_param, limit_param, search_parameter, text_param
from chatproject.core.api.views import asker_of
from chatproject.core.times import rfc3339
from conversations.models import Conversation
from conversations.public import Place, PublicSort, find_public
from messaging.api.inbox import MAX_LIMIT
from messaging.reads.public_previews import public_previews

Kind, History = Conversation.Kind, Conversation.History
MAX_PEOPLE = 2**31 - 1

PUBLIC_PARAMETERS = [
    OpenApiParameter("kind", enum=["public"], description="Finds public conversations."),
    search_parameter("With `kind=public`: a part of the title."),
    OpenApiParameter(
        "sort",
        enum=list(PublicSort),
        description="With `kind=public`: by title (as without it), by how many people are in, the"
        " most first, or by the last message, the newest first. A cursor belongs to one sort.",
    ),
]


class PreviewShape(serializers.Serializer[Any]):
    """The last message that somebody wrote: its text in one line, without markup and shortened."""

    seq = serializers.IntegerField()
    kind = serializers.CharField()
    text = serializers.CharField()
    senderName = serializers.CharField(allow_null=True)
    createdAt = serializers.DateTimeField()


class PublicShape(serializers.Serializer[Any]):
    """A public conversation that one may join; `joined` when one is in it."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField([Kind.PUBLIC])
    isGroup = serializers.BooleanField()
    name = serializers.CharField()
    topic = serializers.CharField()
    pictureUrl = serializers.CharField(allow_null=True, help_text="Another one for each picture.")
    createdById = serializers.UUIDField(allow_null=True)
    createdAt = serializers.DateTimeField()
    memberCount = serializers.IntegerField()
    history = serializers.ChoiceField(History.choices)
    openFromSeq = serializers.IntegerField()
    isLocked = serializers.BooleanField()
    joined = serializers.BooleanField()
    lastMessageAt = serializers.DateTimeField(allow_null=True)
    preview = PreviewShape(allow_null=True)


class PublicList(serializers.Serializer[Any]):
    results = PublicShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class PublicQuery(NamedTuple):
    sort: PublicSort
    title_part: str | None


def public_query(request: Request) -> PublicQuery:
    sort = choice_param(request, "sort", list(PublicSort)) or PublicSort.NAME
    return PublicQuery(PublicSort(sort), text_param(request, "q"))


def public_page(request: Request, query: PublicQuery) -> dict[str, Any]:
    viewer_id = asker_of(request)
    page = find_public(
        user_id=viewer_id,
        title_part=query.title_part,
        sort=query.sort,
        after=_place(request, query.sort),
        limit=limit_param(request, maximum=MAX_LIMIT),
    )
    previews = public_previews(viewer_id=viewer_id, ids=[UUID(row["id"]) for row in page.rows])
    return {
        "results": [{**row, "preview": previews.get(row["id"])} for row in page.rows],
        "next": page.end and _cursor(page.end),
        "previous": None,
    }


def _place(request: Request, sort: PublicSort) -> Place | None:
    """Where the list goes on; raises InvalidInput for the cursor of another list or sort."""
    key = cursor_param(request, (str, int if sort == PublicSort.PEOPLE else str, str))
    if key is None:
        return None
    made_by, value, last_id = key
    if made_by != sort or (sort == PublicSort.PEOPLE and not 0 <= value <= MAX_PEOPLE):
        raise foreign_cursor()
    return Place(moment_in(value) if sort == PublicSort.ACTIVITY else value, uuid_in(last_id))


def _cursor(end: Place) -> str:
    value = rfc3339(end.value) if isinstance(end.value, datetime) else end.value
    sort = {datetime: PublicSort.ACTIVITY, int: PublicSort.PEOPLE, str: PublicSort.NAME}
    return encode([sort[type(end.value)], value, str(end.id)])
