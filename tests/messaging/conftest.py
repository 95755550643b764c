from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.messaging.actions.scene import PublishedEvents, Scene, make_scene, recorded_events


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


@pytest.fixture
def listening(
    django_capture_on_commit_callbacks: Any,
) -> Callable[[], AbstractContextManager[PublishedEvents]]:
    """`with listening() as told:` what the block's commits publish."""

    @contextmanager
    def committing() -> Iterator[PublishedEvents]:
        with recorded_events() as published, django_capture_on_commit_callbacks(execute=True):
            yield published

    return committing
