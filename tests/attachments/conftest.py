"""Both stores: a folder, and a bucket of a real S3 API over HTTP."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from moto.server import ThreadedMotoServer

from chatproject.environment import Environment
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.conftest import listening

__all__ = ["listening"]

_numbers = count(1)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def new_bucket(s3_endpoint: str) -> Callable[[], str]:
    """Gives a STORAGE_URL with a bucket of its own."""

    def make() -> str:
        bucket = f"files-{next(_numbers)}"
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
        client = boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1", **keys)
        client.create_bucket(Bucket=bucket)
        endpoint = quote(s3_endpoint, safe="")
        return f"s3://key:secret@{bucket}/chat?endpoint={endpoint}&region=us-east-1"

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
