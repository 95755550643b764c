"""Preparing a picture: a copy for others without what the camera wrote into it, and previews."""

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

from attachments.models import Attachment
from attachments.signals import attachment_changed
from chatproject.core.storage import store

log = logging.getLogger(__name__)

SECONDS = 120
State = Attachment.State


def inspect_attachment(*, attachment_id: UUID) -> None:
    """Makes a pending picture ready, or refuses it; safe to do again at any point.

    Objects are written before the row says that they are there, and the original is removed after
    the row has forgotten it, so that a kill at any time leaves at worst an object too many.
    """
    attachment = Attachment.objects.filter(pk=attachment_id).first()
    if attachment is None:
        return
    if attachment.state == State.PENDING:
        _prepare(attachment)
    if attachment.is_picture:
        store().remove([attachment.original_key])
    _tell(attachment_id)


def _prepare(attachment: Attachment) -> None:
    with TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="picture-") as name:
        folder = Path(name)
        try:
            store().fetch(attachment.original_key, folder / "original")
        except FileNotFoundError:
            log.exception("the file of attachment %s is gone", attachment.pk)
            found = None
        else:
            found = _run(attachment, folder)
        if found is None:
            _settle(attachment, state=State.REFUSED)
            return
        for key, made in (
            (attachment.clean_key, "clean"),
            *((attachment.preview_key(box), f"{box}.webp") for box, _, _ in found["previews"]),
        ):
            _replace(key, folder / made)
        size = (folder / "clean").stat().st_size
    _settle(attachment, state=State.READY, size=size, **found)


def _run(attachment: Attachment, folder: Path) -> dict[str, Any] | None:
    """What the picture's process found out; None when it could not make anything of it."""
    arguments = [str(folder / "original"), attachment.content_type, str(folder)]
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
        log.warning("attachment %s took too long to prepare", attachment.pk)
        return None
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        log.info("attachment %s is refused (%s): %s", attachment.pk, done.returncode, words)
        return None
    found: dict[str, Any] = orjson.loads(done.stdout)
    return found


def _replace(key: str, path: Path) -> None:
    """An earlier try may have written it."""
    store().remove([key])
    with path.open("rb") as made:
        store().put(key, File(made))


def _settle(attachment: Attachment, **fields: Any) -> None:
    """Never `save()`: a message may claim it at the same moment."""
    Attachment.objects.filter(pk=attachment.pk, state=State.PENDING).update(**fields)


def _tell(attachment_id: UUID) -> None:
    """Of what a message has claimed by now; what is claimed later is told as it is."""
    place = (
        Attachment.objects.filter(pk=attachment_id, seq__isnull=False)
        .values_list("conversation_id", "seq")
        .first()
    )
    if place is not None:
        attachment_changed.send(None, conversation_id=place[0], seq=place[1])
