"""Files on their way out: authorised each time, and never run as a part of our own pages."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from attachments.content_type import INLINE, UNKNOWN
from attachments.errors import AttachmentMissing
from attachments.image_processing import BOXES
from attachments.models import Attachment
from attachments.reads import find_content
from chatproject.core.api.files import disposition, send_file
from chatproject.core.api.params import int_param
from chatproject.core.api.views import ApiView, asker_of
from chatproject.core.errors import InvalidInput
from chatproject.core.storage import file_storage

ADDRESS_SECONDS = 300  # a video that is sought in asks on for a while
SAFE = {
    # Kept by the browser, and asked about each time: who may see it can change.
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
# As which a file is told: by its kind where a browser may show it, all else as bytes.
KINDS = (UNKNOWN, *sorted(INLINE))
OTHERWISE = {
    302: OpenApiResponse(description="To the store, for some minutes."),
    304: OpenApiResponse(description="As the ETag that was sent."),
}


def binary(status: int, kinds: Sequence[str]) -> dict[tuple[int, str], Any]:
    return dict.fromkeys([(status, kind) for kind in kinds], OpenApiTypes.BINARY)


class FileView(ApiView):
    # Answers whatever kinds of content the asker names: a picture is no JSON.
    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)


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
            request, attachment.shown_key, f"{id.hex}-file", attachment.content_type, attachment
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
            request, attachment.preview_key(box), f"{id.hex}-{box}", "image/webp", attachment
        )


def send_stored(
    request: Request, key: str, version: str, content_type: str, attachment: Attachment
) -> HttpResponseBase:
    """A stored object, from here or by a redirect; who may have it is checked by the caller."""
    shown = content_type in INLINE
    name = attachment.name
    headers = {
        **SAFE,
        "Content-Type": content_type if shown else UNKNOWN,
        "Content-Disposition": disposition("inline" if shown else "attachment", name),
    }
    address = file_storage().address(key, headers=headers, seconds=ADDRESS_SECONDS)
    if address is not None:
        redirect = HttpResponseRedirect(address)
        redirect["Cache-Control"] = "private, no-store"
        return redirect
    try:
        file = file_storage().open_here(key)
    except FileNotFoundError:
        raise AttachmentMissing from None
    assert file is not None, "a store has an address or a file"
    return send_file(request, file, etag=f'"{version}"', headers=headers)
