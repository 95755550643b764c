from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.messaging.actions.scene import Scene, Told, ear, make_scene


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


@pytest.fixture
def listening(
    django_capture_on_commit_callbacks: Any,
) -> Callable[[], AbstractContextManager[Told]]:
    """`with listening() as told:` what the block's commits publish."""

    @contextmanager
    def committing() -> Iterator[Told]:
        with ear() as told, django_capture_on_commit_callbacks(execute=True):
            yield told

    return committing
