"""Stored files as answers; who may have one is checked by the caller."""

from uuid import UUID

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase

from attachments.content_type import INLINE, UNKNOWN
from attachments.errors import AttachmentMissing
from attachments.models import Attachment
from chatproject.core.api.files import FileRequest, disposition, send_file
from chatproject.core.storage import file_storage

ADDRESS_SECONDS = 300  # a video that is sought in asks on for a while
SAFE = {
    # Kept by the browser, and asked about each time: who may see it can change.
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
# The address of a picture of a person or conversation is another one for each picture.
KEPT = "private, max-age=86400"


def send_stored(
    request: FileRequest, key: str, version: str, content_type: str, name: str
) -> HttpResponseBase:
    """A stored object, from here or by a redirect; who may have it is checked by the caller."""
    shown = content_type in INLINE
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


def send_picture(request: FileRequest, picture_id: UUID | None) -> HttpResponseBase:
    """The small preview of the picture of a person or conversation. Raises AttachmentMissing."""
    picture = picture_id and Attachment.objects.filter(pk=picture_id).first()
    if not picture:
        raise AttachmentMissing("There is no picture.")
    box = min(box for box, _, _ in picture.previews)
    version = f"{picture.pk.hex}-{box}"
    answer = send_stored(request, picture.preview_key(box), version, "image/webp", picture.name)
    if answer.status_code in (200, 304):
        answer["Cache-Control"] = KEPT
    return answer
