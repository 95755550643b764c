"""Files on their way in: uploading one, taking it back."""

import math
from typing import Any
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from attachments.actions.discard import delete_upload
from attachments.actions.upload import add_attachment
from attachments.api.downloads import AttachmentView, ThumbnailView
from attachments.shapes import AttachmentAnswer
from chatproject.core.api.views import ApiView, asker_of, route
from chatproject.core.errors import InvalidInput

LONGEST = 7 * 24 * 3600.0


class UploadBody(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="One file, with its name.")
    duration = serializers.FloatField(
        required=False, min_value=0, max_value=LONGEST, help_text="Of a recording, in seconds."
    )


class UploadsView(ApiView):
    parser_classes = (MultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": UploadBody},
        responses={201: AttachmentAnswer},
        summary="Upload a file, to be sent in a message within a day",
    )
    def post(self, request: Request) -> Response:
        files = [each for _, several in request.FILES.lists() for each in several]
        if len(files) != 1 or "file" not in request.FILES:
            detail = "Exactly one file is needed, in the field `file`."
            raise InvalidInput.of("file", detail, "required")
        attachment = add_attachment(
            uploader_id=asker_of(request),
            file=files[0],
            name=files[0].name or "",
            duration=_duration(request.POST.get("duration")),
        )
        return Response(attachment, status=201)


class OneAttachmentView(AttachmentView):
    @extend_schema(responses={204: None}, summary="Take back an own file that was not sent")
    def delete(self, request: Request, id: UUID) -> Response:
        delete_upload(uploader_id=asker_of(request), attachment_id=id)
        return Response(status=204)


def _duration(text: object) -> float | None:
    if text in (None, ""):
        return None
    try:
        seconds = float(str(text))
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST:
        raise InvalidInput.of("duration", "A number of seconds is needed.", "out_of_range")
    return seconds


urlpatterns: list[URLPattern] = [
    route("attachments", UploadsView.as_view(), "attachments"),
    route("attachments/<uuid:id>", OneAttachmentView.as_view(), "attachment"),
    route("attachments/<uuid:id>/thumbnail", ThumbnailView.as_view(), "attachment-thumbnail"),
]
