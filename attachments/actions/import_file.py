"""Stores the file of an imported message, ready and in its message at once."""

from typing import IO, Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile

from attachments.actions.process_picture import process_picture
from attachments.actions.upload import inspect_file
from attachments.file_names import safe_name
from attachments.models import Attachment
from chatproject.core.storage import file_storage


def import_file(
    *,
    attachment_id: UUID,
    uploader_id: UUID,
    conversation_id: UUID,
    seq: int,
    position: int,
    name: str,
    file: IO[Any],
    size: int,
) -> Attachment | None:
    """The row; None for a picture that cannot be prepared. A repetition finds the same row.

    No quota counts, since it was sent elsewhere. Raises what `inspect_file` does.
    """
    row = Attachment.objects.filter(pk=attachment_id).first()
    if row is None:
        upload: UploadedFile[bytes] = UploadedFile(file, name, size=size)
        row = Attachment(pk=attachment_id, uploader_id=uploader_id, name=safe_name(name))
        inspect_file(upload, row)
        file_storage().put(row.original_key, upload)
        row.save(force_insert=True)
    if row.state == Attachment.State.PENDING:
        process_picture(attachment_id=attachment_id)
        row.refresh_from_db()
    if row.state != Attachment.State.READY:
        row.delete()
        return None
    place = {"conversation_id": conversation_id, "seq": seq, "position": position}
    Attachment.objects.filter(pk=row.pk).update(expires_at=None, **place)
    return row
