from typing import Any

import pytest

from tests.cast import say
from tests.messaging.actions.scene import Scene


@pytest.fixture
def told_ten(scene: Scene) -> Scene:
    """A scene with ten messages by the owner."""
    for number in range(1, 11):
        say(scene.conversation, scene.owner, f"message {number}")
    return scene


@pytest.fixture
def queries(django_assert_num_queries: Any) -> Any:
    return django_assert_num_queries
