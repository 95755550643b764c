"""A conversation's pictures and files over REST."""

from typing import Any
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from attachments.shapes import AttachmentAnswer
from chatproject.core.api.cursors import cursor_param, foreign_cursor
from chatproject.core.api.fields import MAX_SEQ
from chatproject.core.api.pages import forward_page
from chatproject.core.api.params import CURSOR, choice_param, limit_param, limit_parameter
from chatproject.core.api.views import ApiView, asker_of, route
from messaging.reads.gallery import HEAD, KINDS, FilePosition, list_attachments


class GalleryEntry(serializers.Serializer[Any]):
    seq = serializers.IntegerField(help_text="Of its message.")
    position = serializers.IntegerField(help_text="Its place in the message, from 0 on.")
    senderId = serializers.UUIDField(allow_null=True)
    createdAt = serializers.DateTimeField()
    attachment = AttachmentAnswer()


class Gallery(serializers.Serializer[Any]):
    results = GalleryEntry(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class GalleryView(ApiView):
    @extend_schema(
        parameters=[
            OpenApiParameter("kind", enum=list(KINDS), description="`all` when absent."),
            CURSOR,
            limit_parameter(),
        ],
        responses=Gallery,
        summary="The files in a conversation, the newest first",
    )
    def get(self, request: Request, id: UUID) -> Response:
        limit = limit_param(request)
        found = list_attachments(
            conversation_id=id,
            viewer_id=asker_of(request),
            kind=choice_param(request, "kind", KINDS) or "all",
            before=_place(request),
            limit=limit + 1,
        )
        rows, links = forward_page(found, limit, lambda row: [row["seq"], row["position"]])
        return Response({"results": rows, **links})


def _place(request: Request) -> FilePosition:
    key = cursor_param(request, (int, int))
    if key is None:
        return HEAD
    if not all(0 <= number <= MAX_SEQ for number in key):
        raise foreign_cursor()
    return FilePosition(*key)


GALLERY_ROUTES: list[URLPattern] = [
    route("conversations/<uuid:id>/attachments", GalleryView.as_view(), "conversation-attachments"),
]
