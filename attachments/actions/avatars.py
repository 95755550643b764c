"""Pictures of people and of conversations: keeping an upload as one, and letting it go."""

from uuid import UUID

from django.db import transaction

from accounts.events import announce_state
from accounts.models import User
from attachments.actions.discard import discard
from attachments.errors import AttachmentMissing, AttachmentPending
from attachments.models import Attachment, CustomEmoji
from chatproject.core.errors import InvalidInput
from chatproject.core.ids import uuid7

MAX_BYTES = 5 * 1024 * 1024


def set_avatar(*, user: User, attachment_id: UUID) -> User:
    """Makes an own upload the person's picture; the one before is deleted.

    Raises AttachmentMissing, AttachmentPending, InvalidInput for what is no fit picture.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        before = locked.avatar_id
        user.avatar_id = keep_picture(uploader_id=user.pk, attachment_id=attachment_id)
        user.save(update_fields=["avatar_id"])
        release_picture(before)
        announce_state(user.pk, "profile")
    return user


def remove_avatar(*, user: User) -> User:
    """Also where there is none."""
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        release_picture(locked.avatar_id)
        user.avatar_id = None
        if locked.avatar_id:
            announce_state(user.pk, "profile")
    return user


def keep_picture(*, uploader_id: UUID, attachment_id: UUID) -> UUID:
    """Keeps an own upload that is in no message, and gives the id that it has from now on.

    Nobody is told that id, so that no message can claim the file as well. It counts in the quota of
    its uploader, and goes with them when they are erased. Must run in a transaction. Raises as
    `set_avatar`.
    """
    own = Attachment.objects.select_for_update().filter(pk=attachment_id, uploader=uploader_id)
    picture = own.filter(seq=None).first()
    if picture is None or CustomEmoji.objects.filter(picture=picture).exists():
        raise AttachmentMissing
    if picture.state == Attachment.State.PENDING:
        raise AttachmentPending
    if not picture.previews:
        raise InvalidInput.of("attachmentId", "A picture is needed.", "not_fit")
    if picture.size > MAX_BYTES:
        detail = f"At most {MAX_BYTES // 1024**2} MB."
        raise InvalidInput.of("attachmentId", detail, "not_fit")
    kept_as = uuid7()
    own.update(id=kept_as, expires_at=None)
    return kept_as


def release_picture(picture_id: UUID | None) -> None:
    """Deletes it, and whatever names it names it no more. Must run in a transaction."""
    if picture_id is not None:
        discard(Attachment.objects.select_for_update().filter(pk=picture_id))
