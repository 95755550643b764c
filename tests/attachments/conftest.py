"""Both stores: a folder, and a bucket of a real S3 API over HTTP."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from chatproject.environment import Environment
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.conftest import listening
from tests.object_store import new_bucket_url, object_store

__all__ = ["listening"]

_numbers = count(1)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with object_store() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def new_bucket(s3_endpoint: str) -> Callable[[], str]:
    """Gives a STORAGE_URL with a bucket of its own."""

    def make() -> str:
        return new_bucket_url(s3_endpoint, f"files-{next(_numbers)}")

    return make


@pytest.fixture(params=["folder", "bucket"])
def storage_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "bucket":
        url: str = request.getfixturevalue("new_bucket")()
        return url
    return f"file://{tmp_path / 'files'}"


@pytest.fixture
def kept(settings: Any, storage_url: str, tmp_path: Path) -> str:
    """The store under the tests of a module, both in turn."""
    environment = Environment({"STORAGE_URL": storage_url})
    store = environment.storage("STORAGE_URL", tmp_path)
    assert not environment.problems
    settings.STORAGES = {**settings.STORAGES, "default": store}
    (tmp_path / "uploads").mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "uploads")
    return storage_url


@pytest.fixture
def scene(db: None, kept: str) -> Scene:
    return make_scene()
