"""Files on their way out: authorised each time, and never run as a part of our own pages."""

from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from attachments.content_type import INLINE, UNKNOWN
from attachments.errors import AttachmentMissing
from attachments.image_processing import BOXES
from attachments.reads import find_attachment, find_content
from attachments.serving import send_stored
from attachments.shapes import AttachmentAnswer
from attachments.wire import attachment_of
from chatproject.core.api.files import OTHERWISE, FileView, binary
from chatproject.core.api.params import int_param
from chatproject.core.api.views import ApiView, asker_of
from chatproject.core.errors import InvalidInput

# As which a file is told: by its kind where a browser may show it, all else as bytes.
KINDS = (UNKNOWN, *sorted(INLINE))


class AttachmentView(FileView):
    @extend_schema(
        operation_id="attachments_content",
        responses={
            **binary(200, KINDS),
            **binary(206, KINDS),
            **OTHERWISE,
            416: OpenApiResponse(description="There is nothing in the range."),
        },
        summary="A file, or a range of it",
    )
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        attachment = find_content(attachment_id=id, viewer_id=asker_of(request))
        return send_stored(
            request,
            attachment.shown_key,
            f"{id.hex}-file",
            attachment.content_type,
            attachment.name,
        )


class ThumbnailView(FileView):
    @extend_schema(
        operation_id="attachments_thumbnail",
        parameters=[
            OpenApiParameter(
                "size", {"type": "integer", "enum": sorted(BOXES)}, description="320 when absent."
            )
        ],
        responses={
            **binary(200, (UNKNOWN, "image/webp")),
            **binary(206, (UNKNOWN, "image/webp")),
            **OTHERWISE,
            416: OpenApiResponse(description="There is nothing in the range."),
        },
        summary="A picture's preview, as WebP",
    )
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        wanted = int_param(request, "size")
        if wanted not in (None, *BOXES):
            raise InvalidInput.of("size", "It must be 320 or 1280.", "unknown_choice")
        attachment = find_content(attachment_id=id, viewer_id=asker_of(request))
        boxes = sorted(box for box, _, _ in attachment.previews)
        if not boxes:
            raise AttachmentMissing("There is no preview of this file.")
        # Of a small picture the small preview shows all there is.
        box = max(each for each in boxes if each <= max(wanted or 0, boxes[0]))
        return send_stored(
            request, attachment.preview_key(box), f"{id.hex}-{box}", "image/webp", attachment.name
        )


class MetadataView(ApiView):
    @extend_schema(
        operation_id="attachments_metadata",
        responses=AttachmentAnswer,
        summary="What is known of a file: its name, kind, size, and whether it is ready",
    )
    def get(self, request: Request, id: UUID) -> Response:
        attachment = find_attachment(attachment_id=id, viewer_id=asker_of(request))
        return Response(attachment_of(attachment))
