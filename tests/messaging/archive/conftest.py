from pathlib import Path

import pytest

from tests.messaging.actions.scene import Scene, make_scene


@pytest.fixture
def scene(db: None, own_store: Path) -> Scene:
    return make_scene()
