import pytest

from tests.cast import say
from tests.messaging.actions.scene import Scene, make_scene


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


@pytest.fixture
def told_ten(scene: Scene) -> Scene:
    """A scene with ten messages by the owner."""
    for number in range(1, 11):
        say(scene.conversation, scene.owner, f"message {number}")
    return scene
