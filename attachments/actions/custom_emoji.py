"""The server's own emoji: adding one of an uploaded picture, and removing it."""

import re
from uuid import UUID

import emoji as known
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from attachments.actions.discard import discard
from attachments.errors import (
    AttachmentMissing,
    AttachmentPending,
    EmojiNotFound,
    EmojiRightMissing,
    EmojiTaken,
    TooManyEmoji,
)
from attachments.models import Attachment, CustomEmoji
from chatproject.core.errors import FieldError, InvalidInput

NAME = re.compile(r"[a-z0-9_+-]{2,32}")
MAX_BYTES = 256 * 1024
MAX_SIDE = 512  # pixels
MAX_EMOJI = 1_000


def add_emoji(*, user_id: UUID, name: str, attachment_id: UUID) -> CustomEmoji:
    """Makes an own upload that is in no message the picture of `:name:`.

    Raises EmojiRightMissing, EmojiTaken, TooManyEmoji, AttachmentMissing, AttachmentPending, or
    InvalidInput for a name or a picture that is not fit.
    """
    _require_right(user_id)
    if not NAME.fullmatch(name):
        detail = "2 to 32 small letters, digits, and _ + -."
        raise InvalidInput.of("name", detail, "not_a_shortcode")
    if known.is_emoji(known.emojize(f":{name}:", language="alias")):
        raise EmojiTaken
    with transaction.atomic():
        own = Attachment.objects.select_for_update().filter(pk=attachment_id, uploader=user_id)
        picture = own.filter(seq=None).first()
        if picture is None or CustomEmoji.objects.filter(picture=picture).exists():
            raise AttachmentMissing
        _check_picture(picture)
        if CustomEmoji.objects.count() >= MAX_EMOJI:
            raise TooManyEmoji
        picture.expires_at = None
        picture.save(update_fields=["expires_at"])
        return _insert(name, picture)


def remove_emoji(*, user_id: UUID, name: str) -> None:
    """Texts and reactions keep its name. The one who added it may, and who works in the admin.

    Raises EmojiNotFound, EmojiRightMissing.
    """
    with transaction.atomic():
        found = CustomEmoji.objects.select_related("picture").filter(name=name).first()
        if found is None:
            raise EmojiNotFound
        if found.picture.uploader_id != user_id and not _is_staff(user_id):
            raise EmojiRightMissing
        picture = found.picture
        found.delete()
        discard([picture])


def _insert(name: str, picture: Attachment) -> CustomEmoji:
    try:
        with transaction.atomic():
            return CustomEmoji.objects.create(name=name, picture=picture)
    except IntegrityError:
        raise EmojiTaken from None


def _require_right(user_id: UUID) -> None:
    if settings.EMOJI_FROM == "nobody" or (
        settings.EMOJI_FROM == "moderators" and not _is_staff(user_id)
    ):
        raise EmojiRightMissing


def _is_staff(user_id: UUID) -> bool:
    return bool(User.objects.filter(pk=user_id, is_staff=True).exists())


def _check_picture(picture: Attachment) -> None:
    if picture.state == Attachment.State.PENDING:
        raise AttachmentPending
    wrong = ""
    if not picture.previews:
        wrong = "A picture is needed."
    elif picture.size > MAX_BYTES:
        wrong = f"At most {MAX_BYTES // 1024} KB."
    elif max(picture.width or 0, picture.height or 0) > MAX_SIDE:
        wrong = f"At most {MAX_SIDE} pixels on each side."
    if wrong:
        error = FieldError(field="attachmentId", code="not_fit", detail=wrong)
        raise InvalidInput(wrong, errors=[error])
