"""A disk without room, or broken: a clear refusal, nothing kept, and the probe says so."""

import asyncio
import errno
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

import pytest

from attachments.models import Attachment
from chatproject.core.storage.folder import FolderStorage
from chatproject.server import health, request_threads
from chatproject.server.request_threads import Shares, ThreadedHandler
from tests.attachments.conftest import kept, new_bucket, s3_endpoint
from tests.attachments.steps import upload
from tests.messaging.actions.scene import Scene, make_scene

__all__ = ["kept", "new_bucket", "s3_endpoint"]

FULL = OSError(errno.ENOSPC, "No space left on device")


def raise_full(*args: Any, **kwargs: Any) -> Any:
    raise FULL


@pytest.fixture
def storage_url(tmp_path: Path) -> str:
    return f"file://{tmp_path / 'files'}"


@pytest.fixture
def scene(kept: str, db: None) -> Scene:
    return make_scene()


def test_an_upload_is_refused_with_507(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FolderStorage, "put", raise_full)

    answer = upload(scene.owner, b"x" * 1000)

    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EROFS])
def test_an_upload_is_refused_with_503_where_the_disk_is_broken(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def raise_broken(*args: Any, **kwargs: Any) -> Any:
        raise OSError(number, "of the disk")

    monkeypatch.setattr(FolderStorage, "put", raise_broken)

    answer = upload(scene.owner, b"x" * 1000)

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert not Attachment.objects.exists()


async def test_the_probe_writes(tmp_path: Path, settings: Any) -> None:
    """A file system of 0 bytes is not to be had without root, so a directory without rights is."""
    store = FolderStorage(location=str(tmp_path))
    store.ping()
    assert store.listdir("") == ([], [])
    storage = {"BACKEND": "chatproject.core.storage.folder.FolderStorage"}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**storage, "OPTIONS": {"location": str(tmp_path)}},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chatproject.core.storage.folder.NamedTemporaryFile", raise_full)
        assert await health._state(health.check_storage) == "failed"
    assert await health._state(health.check_storage) == "ok"


async def test_a_body_that_the_disk_does_not_take_is_refused_after_it_was_read(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(SpooledTemporaryFile, "write", raise_full)
    monkeypatch.setattr(ThreadedHandler, "load_middleware", lambda *args, **kwargs: None)
    pieces = [b"x" * 50_000] * 20
    statuses: list[int] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": pieces.pop(), "more_body": bool(pieces)}

    async def send(message: Any) -> None:
        if "status" in message:
            statuses.append(message["status"])

    handler = ThreadedHandler(Shares(lambda scope: 1, lambda scope: 1))
    scope = {"type": "http", "method": "POST", "path": "/v1/x", "headers": []}
    await handler(scope, receive, send)

    assert (statuses, pieces) == ([507], [])


async def test_a_request_that_hangs_is_answered_503_and_ends_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(request_threads, "REQUEST_SECONDS", 0.05)
    closed = asyncio.Event()

    class Response:
        def close(self) -> None:
            closed.set()

    answering: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    with pytest.raises(request_threads.Unavailable):
        await request_threads._in_time(answering)
    answering.set_result(Response())
    async with asyncio.timeout(5):
        await closed.wait()
