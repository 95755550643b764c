"""A store that browsers reach by another address than the server does."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from django.core.files.base import ContentFile
from django.utils.module_loading import import_string

from chatproject.core.storage.bucket import BucketStorage
from chatproject.environment import Environment

HEADERS = {"Content-Type": "text/plain", "Content-Disposition": "inline"}


def store_at(url: str) -> BucketStorage:
    environment = Environment({"STORAGE_URL": url})
    entry = environment.storage("STORAGE_URL", Path("/nowhere"))
    assert not environment.problems
    store: BucketStorage = import_string(entry["BACKEND"])(**entry["OPTIONS"])
    return store


@pytest.mark.parametrize("has_public", [True, False])
def test_addresses_are_signed_for_where_browsers_go(
    new_bucket: Callable[[], str], s3_endpoint: str, has_public: bool
) -> None:
    public = s3_endpoint.replace("127.0.0.1", "localhost")
    parameter = f"&public={quote(public, safe='')}" if has_public else ""
    store = store_at(new_bucket() + parameter)
    store.put("ä/a b.txt", ContentFile(b"hello"))
    address = store.address("ä/a b.txt", headers=HEADERS, seconds=60)
    assert address is not None
    assert address.startswith(f"{public if has_public else s3_endpoint}/")
    answer = httpx.get(address)
    assert (answer.content, answer.headers["content-type"]) == (b"hello", "text/plain")
