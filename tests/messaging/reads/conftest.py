from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.cast import ComparingClient, say
from tests.messaging.actions.scene import Scene


@pytest.fixture
def told_ten(scene: Scene) -> Scene:
    """A scene with ten messages by the owner."""
    for number in range(1, 11):
        say(scene.conversation, scene.owner, f"message {number}")
    return scene


@pytest.fixture
def queries(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int], AbstractContextManager[None]]:
    """`with queries(2):` does so many, those of a comparison with the hot path aside."""

    @contextmanager
    def counting(number: int) -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(ComparingClient, "comparison", None)
            with django_assert_num_queries(number):
                yield

    return counting
