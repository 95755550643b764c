"""Pictures of people: /v1/users/{id}/avatar, one's own at /v1/users/me/avatar."""

from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import URLPattern
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.access import person_of
from accounts.api.serializers import ProfileSerializer
from accounts.people.search import person_by_id
from accounts.wire import profile_json
from attachments.actions.avatars import remove_avatar, set_avatar
from attachments.api.downloads import OTHERWISE, FileView, send_stored
from attachments.errors import AttachmentMissing
from attachments.models import Attachment
from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import Id
from chatproject.core.api.views import ApiView, read_body, route

# The address is another one for each picture.
KEPT = "private, max-age=86400"


class PictureBody(Body):
    attachmentId: Id


class MyAvatarView(ApiView):
    @extend_schema(operation_id="setAvatar", request=PictureBody, responses=ProfileSerializer)
    def put(self, request: Request) -> Response:
        """Make an own upload one's picture, which everybody sees."""
        body = read_body(request, PictureBody)
        user = set_avatar(user=person_of(request), attachment_id=body.attachmentId)
        return Response(profile_json(user))

    @extend_schema(operation_id="removeAvatar", responses=ProfileSerializer)
    def delete(self, request: Request) -> Response:
        """Have no picture any more."""
        return Response(profile_json(remove_avatar(user=person_of(request))))


class AvatarView(FileView):
    @extend_schema(
        operation_id="getAvatar",
        responses={(200, "image/webp"): OpenApiTypes.BINARY, **OTHERWISE},
        summary="A person's picture, as WebP of at most 320 pixels",
    )
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return send_picture(request, person_by_id(id).avatar_id)


def send_picture(request: Request, picture_id: UUID | None) -> HttpResponseBase:
    """The small preview; who may have it is checked by the caller. Raises AttachmentMissing."""
    picture = picture_id and Attachment.objects.filter(pk=picture_id).first()
    if not picture:
        raise AttachmentMissing("There is no picture.")
    box = min(box for box, _, _ in picture.previews)
    version = f"{picture.pk.hex}-{box}"
    answer = send_stored(request, picture.preview_key(box), version, "image/webp", picture)
    if answer.status_code in (200, 304):
        answer["Cache-Control"] = KEPT
    return answer


AVATAR_ROUTES: list[URLPattern] = [
    route("users/me/avatar", MyAvatarView.as_view(), "my-avatar"),
    route("users/<uuid:id>/avatar", AvatarView.as_view(), "avatar"),
]
