from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from messaging.reads.inbox import listing as inbox_list
from messaging.reads.inbox.sources import page_rows
from tests.cast import ComparingClient, say
from tests.messaging.actions.scene import Scene
from tests.messaging.inbox.keeping import after_rebuilding


@pytest.fixture
def told_ten(scene: Scene) -> Scene:
    """A scene with ten messages by the owner."""
    for number in range(1, 11):
        say(scene.conversation, scene.owner, f"message {number}")
    return scene


@pytest.fixture(params=["counters", "entries"])
def either_inbox(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Inboxes are read by counters, and in another run by entries."""
    settings.INBOX = request.param
    if request.param == "entries":
        monkeypatch.setattr(inbox_list, "page_rows", after_rebuilding(inbox_list.page_rows))


@pytest.fixture
def queries(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> Callable[[int], AbstractContextManager[None]]:
    """`with queries(2):` does so many, those of a comparison with the hot path and those that keep
    entries of inboxes aside."""

    @contextmanager
    def counting(number: int) -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(ComparingClient, "comparison", None)
            patch.setattr(inbox_list, "page_rows", page_rows)
            settings.INBOX = "counters"
            with django_assert_num_queries(number):
                yield

    return counting
