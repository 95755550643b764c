"""Deletes attachments: the rows at once, the stored objects in a task after the commit."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction

from accounts.models import User
from attachments.errors import AttachmentClaimed, AttachmentMissing
from attachments.models import Attachment
from attachments.tasks import remove_objects
from chatproject.core.task_queue import defer
from conversations.models import Conversation

KEYS_A_TASK = 500


def delete_upload(*, uploader_id: UUID, attachment_id: UUID) -> None:
    """Deletes an own file that is in no message.

    Raises AttachmentMissing, or AttachmentClaimed for a file in a message.
    """
    with transaction.atomic():
        own = Attachment.objects.select_for_update().filter(pk=attachment_id, uploader=uploader_id)
        attachment = own.first()
        if attachment is None:
            raise AttachmentMissing
        if attachment.seq is not None:
            raise AttachmentClaimed
        discard([attachment])


def discard_of_messages(*, conversation_id: UUID, seqs: Iterable[int]) -> int:
    """Deletes the files of deleted messages; returns how many. Must run in a transaction."""
    found = Attachment.objects.filter(conversation_id=conversation_id, seq__in=list(seqs))
    return discard(list(found.select_for_update()))


def discard_of_conversation(conversation_id: UUID) -> int:
    """Deletes all files of a conversation; returns how many. Must run in a transaction."""
    found = Attachment.objects.filter(conversation_id=conversation_id)
    return discard(list(found.select_for_update()))


def discard(attachments: Iterable[Attachment]) -> int:
    """Deletes the rows and defers the removal of their objects; must run in a transaction.

    Objects that a forwarded copy shares stay. Names all possible keys, since a picture that is
    being processed may have more objects than its row says.
    """
    gone = list(attachments)
    _forget_pictures([each.pk for each in gone if each.seq is None and each.expires_at is None])
    Attachment.objects.filter(pk__in=[each.pk for each in gone]).delete()
    shared = _still_named(each.storage_key for each in gone)
    keys = [key for each in gone if each.storage_key not in shared for key in each.possible_keys]
    for start in range(0, len(keys), KEYS_A_TASK):
        defer(remove_objects, keys=keys[start : start + KEYS_A_TASK])
    return len(gone)


def _forget_pictures(ids: Sequence[UUID]) -> None:
    """No person and no conversation keeps the id of a picture that is gone."""
    if ids:
        User.objects.filter(avatar_id__in=ids).update(avatar_id=None)
        Conversation.objects.filter(picture_id__in=ids).update(picture_id=None)


def _still_named(storage_keys: Iterable[str]) -> set[str]:
    """Those that another row has: that of a forwarded copy, or of what it was copied from."""
    rows = Attachment.objects.filter(storage_key__in=list(storage_keys))
    return set(rows.values_list("storage_key", flat=True))
