"""Fetches what a link leads to, and makes a small picture of the picture that it names."""

import logging
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.utils import timezone

from attachments.actions.process_picture import process_in_folder
from attachments.content_type import HEAD, PICTURES, content_type_of
from attachments.image_processing import BOXES, TooManyPixels, measure
from attachments.link_previews.page import PageInfo, read_page
from attachments.models import LinkPreview, random_key
from chatproject.core.outbound import AddressRefused, Document, Unfit, Unreachable, fetch
from chatproject.core.storage import file_storage

logger = logging.getLogger(__name__)

SECONDS = 10.0  # for a page, and again for its picture
PAGE_BYTES = 512 * 1024
PICTURE_BYTES = 5 * 1024**2
PAGES = dict.fromkeys(("text/html", "application/xhtml+xml"), PAGE_BYTES)
PICTURE_TYPES = dict.fromkeys(sorted(PICTURES), PICTURE_BYTES)

# How long it is shown in new messages before it is fetched again, and how soon a page that had
# nothing, or could not be reached, is asked again.
LIFETIME = timedelta(days=7)
EMPTY_LIFETIME = timedelta(hours=1)

State = LinkPreview.State


def fetch_preview(preview_id: UUID) -> bool:
    """Fetches a pending preview; whether it is there now. Idempotent.

    The picture is written before the row names it, so a crash leaves at worst an orphaned object,
    which pruning removes.
    """
    preview = LinkPreview.objects.filter(pk=preview_id).first()
    if preview is None:
        return False
    if preview.state != State.PENDING:
        return preview.state == State.READY
    fields = _fetched(preview)
    is_there = any(fields.get(name) for name in ("title", "description", "storage_key"))
    fields["state"] = State.READY if is_there else State.EMPTY
    fields["expires_at"] = timezone.now() + (LIFETIME if is_there else EMPTY_LIFETIME)
    pending = LinkPreview.objects.filter(pk=preview_id, state=State.PENDING)
    if pending.update(**fields):
        return is_there
    # Another try was faster, or the preview was deleted meanwhile.
    if fields.get("storage_key"):
        file_storage().remove([LinkPreview(storage_key=fields["storage_key"]).picture_key])
    return LinkPreview.objects.filter(pk=preview_id, state=State.READY).exists()


def _fetched(preview: LinkPreview) -> dict[str, Any]:
    """The fields of the row; none where there is nothing to be had."""
    document = _get(preview, preview.url, {**PAGES, **PICTURE_TYPES})
    if document is None:
        return {}
    if document.content_type in PICTURES:
        return _picture(preview, document)
    info = read_page(document)
    return {**_texts(info), **_picture_of(preview, info)}


def _texts(info: PageInfo) -> dict[str, Any]:
    return {"title": info.title, "description": info.description, "site_name": info.site_name}


def _picture_of(preview: LinkPreview, info: PageInfo) -> dict[str, Any]:
    if not info.picture_url or not (info.title or info.description):
        return {}
    document = _get(preview, info.picture_url, PICTURE_TYPES)
    return {} if document is None else _picture(preview, document)


def _get(preview: LinkPreview, url: str, most: dict[str, int]) -> Document | None:
    try:
        return fetch(url, most=most, seconds=SECONDS, allowed=settings.LINK_PREVIEW_HOSTS)
    except (AddressRefused, Unreachable, Unfit) as error:
        # The error's kind alone: the address is in nobody's log.
        logger.info("link preview %s: nothing was fetched: %s", preview.pk, type(error).__name__)
        return None


def _picture(preview: LinkPreview, document: Document) -> dict[str, Any]:
    """Keeps a small WebP made of its pixels, and nothing of the file that came."""
    content_type = content_type_of(document.body[:HEAD])
    if not document.is_whole or content_type not in PICTURES:
        return {}
    try:
        measure(BytesIO(document.body), content_type)
    except (TooManyPixels, ValueError):
        return {}
    with TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="preview-") as name:
        folder = Path(name)
        (folder / "original").write_bytes(document.body)
        found = process_in_folder(folder, content_type, what=f"link preview {preview.pk}")
        if found is None:
            return {}
        box, width, height = min(found["previews"])
        assert box == min(BOXES), "the smallest preview is always made"
        key = random_key()
        with (folder / f"{box}.webp").open("rb") as made:
            file_storage().put(LinkPreview(storage_key=key).picture_key, File(made))
    return {
        "storage_key": key,
        "width": width,
        "height": height,
        "placeholder": found["placeholder"],
    }
