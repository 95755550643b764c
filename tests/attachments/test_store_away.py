"""A store elsewhere that does not answer, or says that it cannot: people are told to try again."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.core.files.base import ContentFile
from pytest_django.fixtures import Settings

from attachments.models import Attachment
from chatproject.core.storage import StorageAway
from chatproject.core.storage.bucket import PART, BucketStorage
from chatproject.environment import Environment
from tests.attachments import samples
from tests.attachments.steps import upload
from tests.attachments.test_public_address import store_at
from tests.messaging.actions.scene import make_scene
from tests.servers import free_port


class Refusing(BaseHTTPRequestHandler):
    """Answers everything with the status that the server has."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def refusing() -> Iterator[Callable[[int], str]]:
    """Gives the STORAGE_URL of a store that answers with this status alone."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def at(status: int) -> str:
        server.status = status  # type: ignore[attr-defined]
        return url_of(server.server_port)

    yield at
    server.shutdown()
    server.server_close()


def url_of(port: int) -> str:
    return f"s3://key:secret@files/chat?endpoint=http%3A%2F%2F127.0.0.1%3A{port}&region=us-east-1"


CALLS: list[Callable[[BucketStorage, Path], Any]] = [
    lambda store, folder: store.put("a", ContentFile(b"x")),
    lambda store, folder: store.put("a", ContentFile(bytes(PART + 1))),
    lambda store, folder: store.fetch("a", folder / "a"),
    lambda store, folder: store.read_range("a", 0, 10),
    lambda store, folder: store.remove(["a"]),
    lambda store, folder: list(store.objects()),
    lambda store, folder: store.ping(),
]
NAMES = ["put", "put in parts", "fetch", "read_range", "remove", "objects", "ping"]


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_who_does_not_answer_is_away(
    call: Callable[[BucketStorage, Path], Any], tmp_path: Path
) -> None:
    with pytest.raises(StorageAway, match="Could not connect"):
        call(store_at(url_of(free_port())), tmp_path)


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_so_is_who_says_that_it_cannot(
    call: Callable[[BucketStorage, Path], Any], tmp_path: Path, refusing: Callable[[int], str]
) -> None:
    with pytest.raises(StorageAway):
        call(store_at(refusing(503)), tmp_path)


def test_a_refusal_is_none(tmp_path: Path, refusing: Callable[[int], str]) -> None:
    """A wrong key or a missing right is the operator's to mend, and no reason to try again."""
    with pytest.raises(ClientError):
        store_at(refusing(403)).fetch("a", tmp_path / "a")
    with pytest.raises(FileNotFoundError):
        store_at(refusing(404)).fetch("a", tmp_path / "a")


@pytest.mark.django_db
def test_an_upload_is_refused_with_503_and_nothing_is_kept(
    settings: Settings, tmp_path: Path
) -> None:
    scene = make_scene()
    store = Environment({"STORAGE_URL": url_of(free_port())}).storage("STORAGE_URL", tmp_path)
    settings.STORAGES = {**settings.STORAGES, "default": store}
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    for content in (samples.picture("PNG"), b"%PDF-1.7 " + bytes(100_000)):
        answer = upload(scene.owner, content)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer["Retry-After"]
    assert not Attachment.objects.exists()
