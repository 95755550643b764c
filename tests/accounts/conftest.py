"""Fixtures of the tests of accounts."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.accounts.scene import Outlet


@pytest.fixture
def cheap_hashes(settings: Any) -> None:
    """For tests of many tries, in which the real hash would only take time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    """What is told to hubs while the test runs."""
    outlet = Outlet()
    yield outlet
    outlet.close()
