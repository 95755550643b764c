"""The pictures of link previews in an export, each once."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from chatproject.core.errors import NotFound
from messaging.exports.messages import ExportedMessages
from messaging.exports.zip_archive import Archive
from messaging.reads.link_preview_pictures import find_preview_picture

# By their places in the archive: the seq of the first message that shows it, and its id.
Pictures = dict[str, tuple[int, str]]


def place_pictures(page: ExportedMessages, pictures: Pictures) -> None:
    """Gives each picture its place in the archive, as `file`."""
    for message in page.messages:
        for preview in message["linkPreviews"]:
            picture: dict[str, Any] | None = preview["picture"]
            if picture is not None:
                picture["file"] = f"files/{preview['id']}.webp"
                pictures.setdefault(picture["file"], (message["seq"], preview["id"]))


def add_pictures(
    archive: Archive, folder: str, pictures: Pictures, *, conversation_id: UUID, viewer_id: UUID
) -> None:
    """The rule is asked again for each; what is gone is left out."""
    for place, (seq, preview_id) in pictures.items():
        with suppress(NotFound):
            preview = find_preview_picture(
                conversation_id=conversation_id,
                viewer_id=viewer_id,
                seq=seq,
                preview_id=UUID(preview_id),
            )
            archive.add_object(f"{folder}{place}", preview.picture_key)
