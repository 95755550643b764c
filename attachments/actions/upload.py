"""Taking a file: looked at, kept in the store, and only then on record."""

import hashlib
import logging
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from attachments import heif_metadata, image_processing, mp4_metadata
from attachments.content_type import (
    HEAD,
    HEIF_PICTURES,
    PICTURES,
    RECORDINGS,
    content_type_of,
)
from attachments.errors import (
    BrokenPicture,
    BrokenRecording,
    EmptyFile,
    FileTooLarge,
    PictureTooLarge,
    QuotaExceeded,
    TooManyWaiting,
)
from attachments.file_names import safe_name
from attachments.models import Attachment
from attachments.tasks import inspect
from attachments.wire import attachment_of
from chatproject.core.storage import store

log = logging.getLogger(__name__)

MAX_WAITING = 100
State = Attachment.State


def add_attachment(
    *, uploader_id: UUID, file: "UploadedFile[bytes]", name: str, duration: float | None = None
) -> dict[str, Any]:
    """The attachment's JSON: `ready`, or `pending` when it is a picture, which a task prepares.

    `duration` in seconds is the uploader's word for a recording. Raises EmptyFile, FileTooLarge,
    BrokenPicture, BrokenRecording, PictureTooLarge, QuotaExceeded, TooManyWaiting.

    The object is written before the row: what is lost in between is an object that nobody knows,
    which the pruning removes.
    """
    attachment = _look_at(file, Attachment(uploader_id=uploader_id, name=safe_name(name)))
    if not attachment.is_picture and attachment.content_type.startswith(("audio/", "video/")):
        attachment.duration = duration
    _check_room(uploader_id, attachment.size)
    store().put(attachment.original_key, file)
    try:
        _record(attachment)
    except Exception:
        store().remove([attachment.original_key])
        raise
    return attachment_of(attachment)


def _look_at(file: "UploadedFile[bytes]", attachment: Attachment) -> Attachment:
    attachment.size = file.size or 0
    if attachment.size == 0:
        raise EmptyFile
    if attachment.size > settings.ATTACHMENT_MAX_BYTES:
        raise FileTooLarge
    file.seek(0)
    attachment.content_type = content_type_of(file.read(HEAD))
    attachment.state = State.PENDING if attachment.is_picture else State.READY
    if attachment.content_type in PICTURES:
        attachment.width, attachment.height = _measure(file, attachment.content_type)
    _blank_metadata(file, attachment)
    attachment.sha256 = _digest(file)
    return attachment


def _measure(file: "UploadedFile[bytes]", content_type: str) -> image_processing.Size:
    try:
        return image_processing.measure(file, content_type)
    except image_processing.TooManyPixels:
        raise PictureTooLarge from None
    except ValueError:
        raise BrokenPicture from None


def _blank_metadata(file: "UploadedFile[bytes]", attachment: Attachment) -> None:
    """In place; what cannot be cleared is refused, since it would tell where it was made."""
    try:
        if attachment.content_type in RECORDINGS:
            mp4_metadata.blank_metadata(file, attachment.size)
        elif attachment.content_type in HEIF_PICTURES:
            heif_metadata.blank_metadata(file, attachment.size)
    except mp4_metadata.TooManyBoxes:
        raise BrokenRecording from None
    except ValueError:
        raise BrokenPicture from None


def _digest(file: "UploadedFile[bytes]") -> bytes:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.digest()


def _record(attachment: Attachment) -> None:
    """The row, and of a picture the task, in one transaction; uploads of one person in turn."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=attachment.uploader_id)
        _check_room(attachment.uploader_id, attachment.size)
        attachment.save(force_insert=True)
        if attachment.is_picture:
            inspect.defer(attachment_id=str(attachment.pk))


def _check_room(uploader_id: UUID, size: int) -> None:
    own = Attachment.objects.filter(uploader=uploader_id).exclude(state=State.REFUSED)
    quota = settings.ATTACHMENT_QUOTA_BYTES
    if quota and (own.aggregate(sum=Sum("size"))["sum"] or 0) + size > quota:
        raise QuotaExceeded
    if own.filter(seq=None).count() >= MAX_WAITING:
        raise TooManyWaiting
