"""Makes the previews of a video from the frame that its uploader sent as its poster."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile

from attachments import image_processing
from attachments.actions.process_picture import process_in_folder
from attachments.content_type import HEAD, PICTURES, content_type_of
from attachments.models import Attachment
from chatproject.core.errors import InvalidInput
from chatproject.core.storage import file_storage

MAX_BYTES = 1024**2


def put_poster(poster: "UploadedFile[bytes]", attachment: Attachment) -> None:
    """Stores the previews, and sets them, the placeholder and the size that it is shown in.

    Raises InvalidInput for what is no picture that can be shown.
    """
    if (poster.size or 0) > MAX_BYTES:
        raise InvalidInput.of("poster", f"At most {MAX_BYTES} bytes.", "file_too_large")
    content_type = content_type_of(poster.read(HEAD))
    if content_type not in PICTURES:
        raise InvalidInput.of("poster", "A picture is needed.", "not_a_picture")
    try:
        image_processing.measure(poster, content_type)
    except image_processing.TooManyPixels:
        raise InvalidInput.of("poster", "It has too many pixels.", "picture_too_large") from None
    except ValueError:
        raise _broken() from None
    with TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="poster-") as name:
        folder = Path(name)
        poster.seek(0)
        with (folder / "original").open("wb") as target:
            shutil.copyfileobj(poster, target)
        found = process_in_folder(folder, content_type, what="the poster of a video")
        if found is None:
            raise _broken()
        for box, _, _ in found["previews"]:
            with (folder / f"{box}.webp").open("rb") as made:
                file_storage().put(attachment.preview_key(box), File(made))
    for field, value in found.items():
        setattr(attachment, field, value)


def _broken() -> InvalidInput:
    return InvalidInput.of("poster", "The picture cannot be read.", "picture_broken")
