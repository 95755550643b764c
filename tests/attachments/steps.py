"""What the tests do with files, over REST as a client does, and what is in the store."""

from typing import Any
from uuid import UUID

import httpx
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from attachments.actions.process_picture import process_picture
from chatproject.core.storage import file_storage
from tests.cast import api, say
from tests.messaging.actions.scene import Scene


def upload(
    person: User, content: bytes, name: str = "a.bin", *, type: str = "x/y", **fields: Any
) -> Any:
    """The answer to an upload."""
    file = SimpleUploadedFile(name, content, content_type=type)
    return api(person).post("/v1/attachments", {"file": file, **fields}, format="multipart")


def uploaded(person: User, content: bytes, name: str = "a.bin", **fields: Any) -> dict[str, Any]:
    """The attachment, of which a picture is still pending."""
    answer = upload(person, content, name, **fields)
    assert answer.status_code == 201, answer.json()
    shape: dict[str, Any] = answer.json()
    return shape


def prepared(person: User, content: bytes, name: str = "a.png") -> dict[str, Any]:
    """An uploaded picture after its task has run."""
    shape = uploaded(person, content, name)
    process_picture(attachment_id=UUID(shape["id"]))
    return shape


def sent(scene: Scene, person: User, *shapes: dict[str, Any], content: str = "") -> int:
    """Sends the attachments in one message; its seq."""
    ids = tuple(UUID(shape["id"]) for shape in shapes)
    return say(scene.conversation, person, content, attachment_ids=ids)["seq"]


def get(person: User | None, url: str, **headers: str) -> Any:
    """The answer, at the end of a redirect to the store if there is one."""
    answer = api(person).get(url, headers=headers)
    if answer.status_code != 302:
        return answer
    assert "no-store" in answer["Cache-Control"]
    return httpx.get(answer["Location"], headers=headers)


def content(answer: Any) -> bytes:
    assert answer.status_code in (200, 206), answer.content
    if getattr(answer, "streaming", False):
        return b"".join(answer.streaming_content)
    body: bytes = answer.content
    return body


def status(person: User, url: str) -> int:
    return int(api(person).get(url).status_code)


def keys() -> set[str]:
    """The endings of what is kept: `original`, `clean`, `320.webp` …"""
    return {each.key.partition(".")[2] for each in file_storage().objects()}


def count_kept() -> int:
    return sum(1 for _ in file_storage().objects())
