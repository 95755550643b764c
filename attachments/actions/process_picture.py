"""Processes an uploaded picture: makes a copy without metadata, and previews."""

import logging
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.core.files import File
from django.dispatch import Signal

from attachments.models import Attachment
from chatproject.core.storage import file_storage

logger = logging.getLogger(__name__)

SECONDS = 120
State = Attachment.State

# A signal that is sent with `conversation_id` and `seq`, outside of any transaction, after a file
# in a message has become ready or was refused; sometimes twice for one change. By it messaging
# updates the message, which this app does not know.
attachment_changed = Signal()


def process_picture(*, attachment_id: UUID) -> None:
    """Makes a pending picture ready or refuses it; idempotent, whatever the last try did.

    Objects are written before the row names them, and the original is removed after the row is
    updated, so a kill at any time leaves at worst an orphaned object, which pruning removes.
    """
    attachment = Attachment.objects.filter(pk=attachment_id).first()
    if attachment is None:
        return
    if attachment.state == State.PENDING:
        _prepare(attachment)
    if attachment.is_picture:
        file_storage().remove([attachment.original_key])
    _announce(attachment_id)


def _prepare(attachment: Attachment) -> None:
    with TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="picture-") as name:
        folder = Path(name)
        try:
            file_storage().fetch(attachment.original_key, folder / "original")
        except FileNotFoundError:
            logger.exception("the file of attachment %s is gone", attachment.pk)
            found = None
        else:
            found = process_in_folder(
                folder, attachment.content_type, what=f"attachment {attachment.pk}"
            )
        if found is None:
            _update(attachment, state=State.REFUSED)
            return
        for key, made in (
            (attachment.clean_key, "clean"),
            *((attachment.preview_key(box), f"{box}.webp") for box, _, _ in found["previews"]),
        ):
            _replace(key, folder / made)
        size = (folder / "clean").stat().st_size
    _update(attachment, state=State.READY, size=size, **found)


def process_in_folder(folder: Path, content_type: str, *, what: str) -> dict[str, Any] | None:
    """What `image_processing` makes of the file `original` in the folder, in a process of its own.

    None when it failed; the log calls it `what`.
    """
    arguments = [str(folder / "original"), content_type, str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-m", "attachments.image_processing", *arguments],
            cwd=settings.BASE_DIR,
            env={},
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        logger.warning("%s took too long to prepare", what)
        return None
    if done.returncode:
        # The error's kind alone: its message may quote what is in the file.
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        kind = last[0].partition(":")[0] if last else ""
        logger.info("%s is refused (%s): %s", what, done.returncode, kind)
        return None
    found: dict[str, Any] = orjson.loads(done.stdout)
    return found


def _replace(key: str, path: Path) -> None:
    """Writes an object that an earlier try may have written already."""
    file_storage().remove([key])
    with path.open("rb") as made:
        file_storage().put(key, File(made))


def _update(attachment: Attachment, **fields: Any) -> None:
    """Updates a pending row; not by `save()`, since a message may claim the file meanwhile."""
    Attachment.objects.filter(pk=attachment.pk, state=State.PENDING).update(**fields)


def _announce(attachment_id: UUID) -> None:
    """Sends the signal if a message has claimed the file by now."""
    message = (
        Attachment.objects.filter(pk=attachment_id, seq__isnull=False)
        .values_list("conversation_id", "seq")
        .first()
    )
    if message is not None:
        attachment_changed.send(None, conversation_id=message[0], seq=message[1])
