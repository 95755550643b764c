"""Fixtures of the tests of accounts."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import User
from accounts.second_factor import totp
from tests.accounts.authenticator import App, Clock
from tests.accounts.scene import Outlet, person_with_password


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


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which codes of authenticator apps are checked."""
    clock = Clock()
    monkeypatch.setattr(totp, "time", clock)
    return clock


@pytest.fixture
def factor_owner(cheap_hashes: None) -> User:
    return person_with_password("Ann", email="ann@example.org")


@pytest.fixture
def app(factor_owner: User, clock: Clock) -> App:
    """The authenticator app of Ann, who has set it up."""
    return App(factor_owner, clock)
