"""Makes an upload the picture of a person or conversation, and removes it."""

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


@transaction.atomic
def set_avatar(*, user_id: UUID, attachment_id: UUID) -> UUID:
    """Makes an own upload the person's picture, and gives the id that it has from now on; the one
    before is deleted.

    Raises AttachmentMissing, AttachmentPending, InvalidInput for what is no fit picture.
    """
    before = _avatar_of(user_id)
    kept = keep_picture(uploader_id=user_id, attachment_id=attachment_id)
    release_picture(before)
    User.objects.filter(pk=user_id).update(avatar_id=kept)
    announce_state(user_id, "profile")
    return kept


@transaction.atomic
def remove_avatar(*, user_id: UUID) -> None:
    """Also where there is none."""
    before = _avatar_of(user_id)
    if before is not None:
        release_picture(before)
        announce_state(user_id, "profile")


def _avatar_of(user_id: UUID) -> UUID | None:
    locked = User.objects.select_for_update(no_key=True).only("avatar_id").get(pk=user_id)
    avatar_id: UUID | None = locked.avatar_id
    return avatar_id


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
