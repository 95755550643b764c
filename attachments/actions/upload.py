"""Accepts an upload: inspects the file, writes it to the file storage, then inserts its row."""

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
from attachments.actions.poster import put_poster
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
from attachments.tasks import process_picture
from attachments.waveform import WAV, waveform_of_wav
from attachments.wire import attachment_of
from chatproject.core.storage import file_storage
from chatproject.core.task_queue import defer

logger = logging.getLogger(__name__)

MAX_WAITING = 100
State = Attachment.State


def add_attachment(
    *,
    uploader_id: UUID,
    file: "UploadedFile[bytes]",
    name: str,
    duration: float | None = None,
    waveform: list[int] | None = None,
    poster: "UploadedFile[bytes] | None" = None,
    attachment_id: UUID | None = None,
) -> dict[str, Any]:
    """Stores an upload; returns the attachment's JSON: `ready`, or `pending` for a picture, which a
    task processes.

    The caller may choose `attachment_id`. The `duration` of a recording, in seconds, and its
    `waveform` are the uploader's claims; the waveform of a WAV is measured if none is given.
    `poster` is a picture that stands for a video. All three are ignored for other files. Raises
    EmptyFile, FileTooLarge, BrokenPicture, BrokenRecording, PictureTooLarge, QuotaExceeded,
    TooManyWaiting, and InvalidInput for a poster that cannot be shown.

    The objects are written before the row, so a crash in between leaves orphaned objects, which
    pruning removes.
    """
    new = Attachment(uploader_id=uploader_id, name=safe_name(name))
    if attachment_id is not None:
        new.pk = attachment_id
    attachment = inspect_file(file, new)
    if not attachment.is_picture and attachment.content_type.startswith(("audio/", "video/")):
        attachment.duration = duration
        attachment.waveform = waveform or _measured_waveform(file, attachment.content_type)
    require_room(uploader_id, attachment.size)
    try:
        if poster and attachment.content_type.startswith("video/"):
            put_poster(poster, attachment)
        file_storage().put(attachment.original_key, file)
        _insert(attachment)
    except Exception:
        file_storage().remove(attachment.kept_keys)
        raise
    return attachment_of(attachment)


def inspect_file(file: "UploadedFile[bytes]", attachment: Attachment) -> Attachment:
    """Sets type, size, digest and state from the file itself. Raises EmptyFile, FileTooLarge,
    BrokenPicture, BrokenRecording, PictureTooLarge."""
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


def _measured_waveform(file: "UploadedFile[bytes]", content_type: str) -> list[int] | None:
    if content_type != WAV:
        return None
    found = waveform_of_wav(file)
    file.seek(0)
    return found


def _measure(file: "UploadedFile[bytes]", content_type: str) -> image_processing.Size:
    try:
        return image_processing.measure(file, content_type)
    except image_processing.TooManyPixels:
        raise PictureTooLarge from None
    except ValueError:
        raise BrokenPicture from None


def _blank_metadata(file: "UploadedFile[bytes]", attachment: Attachment) -> None:
    """Removes metadata in place; a file with which that fails is refused, since it could reveal
    where it was made.
    """
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


def _insert(attachment: Attachment) -> None:
    """Inserts the row and, for a picture, the task; serializes the uploads of one person."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=attachment.uploader_id)
        require_room(attachment.uploader_id, attachment.size)
        attachment.save(force_insert=True)
        if attachment.is_picture:
            defer(process_picture, attachment_id=str(attachment.pk))


def require_room(uploader_id: UUID, size: int) -> None:
    """Raises QuotaExceeded, or TooManyWaiting for too many files that are in no message."""
    own = Attachment.objects.filter(uploader=uploader_id).exclude(state=State.REFUSED)
    quota = settings.ATTACHMENT_QUOTA_BYTES
    if quota and (own.aggregate(sum=Sum("size"))["sum"] or 0) + size > quota:
        raise QuotaExceeded
    if own.filter(seq=None, expires_at__isnull=False).count() >= MAX_WAITING:
        raise TooManyWaiting
