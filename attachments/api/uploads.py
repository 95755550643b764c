"""Files on their way in: uploading one, taking it back."""

from typing import Annotated, Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema
from pydantic import Field, WithJsonSchema
from rest_framework.request import Request
from rest_framework.response import Response

from attachments.actions.discard import delete_upload
from attachments.actions.upload import add_attachment
from attachments.api.downloads import AttachmentView
from attachments.api.multipart import UploadParser
from attachments.shapes import AttachmentAnswer
from attachments.waveform import LOUDEST, MAX_BARS, PATTERN, parse_waveform
from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import Omissible, ReportedAs
from chatproject.core.api.views import ApiView, asker_of

LONGEST = 7 * 24 * 3600.0


class UploadBody(Body):
    """The fields of a form, which are texts beside the file."""

    file: Annotated[
        UploadedFile,  # type: ignore[type-arg]  # at run time it is not generic
        ReportedAs("required", "Exactly one file is needed, in the field `file`."),
        WithJsonSchema({"type": "string", "format": "binary"}),
    ] = Field(description="One file, with its name.")
    duration: Omissible[
        Annotated[
            float,
            Field(ge=0, le=LONGEST),
            ReportedAs("out_of_range", "A number of seconds is needed."),
        ]
    ] = Field(default=None, description="Of a recording, in seconds.")
    waveform: Omissible[
        Annotated[
            str,
            Field(pattern=PATTERN),
            ReportedAs("out_of_range", f"Up to {MAX_BARS} numbers of 0 to {LOUDEST} are needed."),
        ]
    ] = Field(
        default=None,
        description="Of a recording: how loud it is over its length, as numbers with commas.",
    )
    poster: Omissible[
        Annotated[
            UploadedFile,  # type: ignore[type-arg]
            WithJsonSchema({"type": "string", "format": "binary"}),
        ]
    ] = Field(
        default=None,
        description="Of a video: a picture that is shown until it plays, of at most 1 MiB.",
    )


class UploadsView(ApiView):
    parser_classes = (UploadParser,)

    @extend_schema(
        request={"multipart/form-data": UploadBody},
        responses={201: AttachmentAnswer},
        summary="Upload a file, to be sent in a message within a day",
    )
    def post(self, request: Request) -> Response:
        body = UploadBody.read(_form(request))
        attachment = add_attachment(
            uploader_id=asker_of(request),
            file=body.file,
            name=body.file.name or "",
            duration=body.duration,
            waveform=parse_waveform(body.waveform) if body.waveform else None,
            poster=body.poster,
        )
        return Response(attachment, status=201)


class OneAttachmentView(AttachmentView):
    @extend_schema(responses={204: None}, summary="Take back an own file that was not sent")
    def delete(self, request: Request, id: UUID) -> Response:
        delete_upload(uploader_id=asker_of(request), attachment_id=id)
        return Response(status=204)


def _form(request: Request) -> dict[str, Any]:
    """The fields as a body. With several files none is taken: which was meant is not known."""
    files = [(name, each) for name, several in request.FILES.lists() for each in several]
    names = sorted(name for name, _ in files)
    given = {name: request.POST.get(name) for name in ("duration", "waveform")}
    form: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return form | (dict(files) if names in (["file"], ["file", "poster"]) else {})
