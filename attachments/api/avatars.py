"""Pictures of people: /v1/users/{id}/avatar, one's own at /v1/users/me/avatar."""

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.people.search import person_by_id
from accounts.wire import avatar_url
from attachments.actions.avatars import remove_avatar, set_avatar
from attachments.content_type import UNKNOWN
from attachments.serving import send_picture
from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import Id
from chatproject.core.api.files import OTHERWISE, FileView, binary
from chatproject.core.api.views import ApiView, asker_of, read_body, route


class AvatarBody(Body):
    attachmentId: Id


class AvatarAnswer(serializers.Serializer[Any]):
    avatarUrl = serializers.CharField(allow_null=True)


class MyAvatarView(ApiView):
    @extend_schema(operation_id="setAvatar", request=AvatarBody, responses=AvatarAnswer)
    def put(self, request: Request) -> Response:
        """Make an own upload one's picture, which everybody sees."""
        body = read_body(request, AvatarBody)
        user_id = asker_of(request)
        avatar_id = set_avatar(user_id=user_id, attachment_id=body.attachmentId)
        return Response({"avatarUrl": avatar_url(user_id, avatar_id)})

    @extend_schema(operation_id="removeAvatar", responses=AvatarAnswer)
    def delete(self, request: Request) -> Response:
        """Have no picture any more."""
        remove_avatar(user_id=asker_of(request))
        return Response({"avatarUrl": None})


class AvatarView(FileView):
    @extend_schema(
        operation_id="getAvatar",
        responses={**binary(200, (UNKNOWN, "image/webp")), **OTHERWISE},
        summary="A person's picture, as WebP of at most 320 pixels",
    )
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return send_picture(request, person_by_id(id).avatar_id)


AVATAR_ROUTES: list[URLPattern] = [
    route("users/me/avatar", MyAvatarView.as_view(), "my-avatar"),
    route("users/<uuid:id>/avatar", AvatarView.as_view(), "avatar"),
]
