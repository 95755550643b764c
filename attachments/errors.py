"""Refusals of uploads and downloads."""

from django.conf import settings

from chatproject.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Refusal


class AttachmentMissing(NotFound):
    """Also raised for a file that the viewer may not see."""

    code = "attachment_missing"
    detail = "There is no such file."


class AttachmentPending(Conflict):
    code = "attachment_pending"
    title = "Not ready yet"
    detail = "The picture is still being prepared. Try again in a moment."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}


class AttachmentClaimed(Conflict):
    code = "attachment_claimed"
    detail = "The file is in a message already. Delete the message instead."


class EmptyFile(InvalidInput):
    code = "file_empty"
    detail = "The file is empty."


class BrokenPicture(InvalidInput):
    code = "picture_broken"
    detail = "The picture cannot be read: it is cut off or damaged."


class BrokenRecording(InvalidInput):
    code = "recording_broken"
    detail = "The file has more parts, or deeper ones, than a recording or picture can have."


class PictureTooLarge(InvalidInput):
    code = "picture_too_large"
    detail = "The picture has too many pixels."


class FileTooLarge(Refusal):
    status = 413
    code = "file_too_large"
    title = "File too large"

    def __init__(self) -> None:
        super().__init__(f"A file may have {settings.ATTACHMENT_MAX_BYTES} bytes at most.")


class QuotaExceeded(Refusal):
    status = 413
    code = "quota_exceeded"
    title = "No room left"

    def __init__(self) -> None:
        super().__init__(
            f"All your files together may have {settings.ATTACHMENT_QUOTA_BYTES} bytes at most. "
            "Delete messages with files that are no longer needed."
        )


class TooManyWaiting(Refusal):
    status = 429
    code = "too_many_waiting"
    title = "Too many files"
    detail = "Too many files wait to be sent. Send or delete some first."


class EmojiNotFound(NotFound):
    code = "emoji_not_found"
    detail = "There is no such emoji."


class EmojiTaken(Conflict):
    code = "emoji_taken"
    detail = "There is already an emoji with this name."


class EmojiRightMissing(Forbidden):
    code = "emoji_right_missing"
    detail = "You may not add or remove emoji here."


class TooManyEmoji(Conflict):
    code = "too_many_emoji"
    detail = "This server cannot have any more emoji."
