import pytest

from tests.messaging.moderation.scene import Watch, make_watch


@pytest.fixture
def watch(db: None) -> Watch:
    return make_watch()
