"""Link previews over REST: removing those of a message, and their pictures."""

from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from attachments.content_type import UNKNOWN
from attachments.serving import send_stored
from chatproject.core.api.files import OTHERWISE, FileView, binary
from chatproject.core.api.views import ApiView, asker_of, route
from messaging.actions.link_previews import remove_previews
from messaging.api.shapes import MessageAnswer
from messaging.reads.link_preview_pictures import find_preview_picture


class LinkPreviewsView(ApiView):
    @extend_schema(
        responses=MessageAnswer, summary="Remove the link previews of a message, for everyone"
    )
    def delete(self, request: Request, id: UUID, seq: int) -> Response:
        return Response(remove_previews(conversation_id=id, user_id=asker_of(request), seq=seq))


class LinkPreviewPictureView(FileView):
    @extend_schema(
        operation_id="link_preview_picture",
        responses={**binary(200, (UNKNOWN, "image/webp")), **OTHERWISE},
        summary="The picture of a link preview, as WebP",
    )
    def get(self, request: Request, id: UUID, seq: int, preview_id: UUID) -> HttpResponseBase:
        preview = find_preview_picture(
            conversation_id=id, viewer_id=asker_of(request), seq=seq, preview_id=preview_id
        )
        return send_stored(
            request, preview.picture_key, preview.pk.hex, "image/webp", "preview.webp"
        )


_PREVIEWS = "conversations/<uuid:id>/messages/<int:seq>/previews"

LINK_PREVIEW_ROUTES: list[URLPattern] = [
    route(_PREVIEWS, LinkPreviewsView.as_view(), "message-previews"),
    route(
        f"{_PREVIEWS}/<uuid:preview_id>/picture",
        LinkPreviewPictureView.as_view(),
        "message-preview-picture",
    ),
]
