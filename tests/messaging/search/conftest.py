from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from conversations.models import Conversation
from messaging.search.indexer import index_conversations
from tests.cast import api
from tests.messaging.actions.scene import Scene, make_scene


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


Find = Callable[..., list[str]]


@pytest.fixture
def find() -> Find:
    """`find(person, "words")`: the contents of the hits, after everything was indexed."""

    def ask(person: User, q: str, **params: Any) -> list[str]:
        index_all()
        answer = api(person).get("/v1/search", {"q": q, **params})
        assert answer.status_code == 200, answer.json()
        return [hit["message"]["content"] for hit in answer.json()["results"]]

    return ask


def index_all() -> None:
    behind = list(Conversation.objects.values_list("pk", flat=True))
    while behind:
        behind = index_conversations(behind).behind
