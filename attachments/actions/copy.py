"""Copies files for a message that is forwarded: rows of their own over the same stored objects."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from django.db import transaction

from attachments.actions.upload import require_room
from attachments.errors import AttachmentMissing, AttachmentPending
from attachments.models import Attachment, expiry

COPIED = (
    *("storage_key", "name", "content_type", "size", "sha256", "width", "height"),
    *("duration", "waveform"),
    *("placeholder", "previews", "state"),
)


def copy_attachments(*, attachment_ids: Sequence[UUID], uploader_id: UUID, key: UUID) -> list[UUID]:
    """The ids of the copies, which wait for their message as uploads do; `key` makes a retry find
    them again. Whether the person may see the files is for the caller to check.

    Locks the originals, so that a deletion at the same time either comes first, and there is
    nothing to copy, or sees the copies and leaves the objects. Raises AttachmentMissing,
    AttachmentPending for a picture that is not prepared, QuotaExceeded, TooManyWaiting.
    """
    if not attachment_ids:
        return []
    with transaction.atomic():
        rows = Attachment.objects.select_for_update(no_key=True).filter(pk__in=attachment_ids)
        originals = {each.pk: each for each in rows.order_by("pk")}
        if len(originals) != len(attachment_ids):
            raise AttachmentMissing
        ids = {each: uuid5(key, str(each)) for each in attachment_ids}
        there = set(Attachment.objects.filter(pk__in=ids.values()).values_list("pk", flat=True))
        missing = [originals[each] for each in attachment_ids if ids[each] not in there]
        if any(each.state == Attachment.State.PENDING for each in missing):
            raise AttachmentPending
        if missing:
            require_room(uploader_id, sum(each.size for each in missing))
        Attachment.objects.bulk_create(
            Attachment(
                id=ids[each.pk],
                uploader_id=uploader_id,
                expires_at=expiry(),
                **{name: getattr(each, name) for name in COPIED},
            )
            for each in missing
        )
    return list(ids.values())
