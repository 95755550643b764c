"""What only a search server can do: be away, be full of what is no more, and be made anew."""

from typing import Any

import pytest

from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.search.indexes import search_index
from tests.cast import api, say
from tests.management.running import run
from tests.messaging.actions.scene import Scene
from tests.messaging.search.conftest import index_all
from tests.messaging.search.fake_opensearch import FakeOpenSearch


@pytest.fixture
def server(scene: Scene, settings: Any, opensearch: FakeOpenSearch) -> FakeOpenSearch:
    opensearch.indexes.clear()
    from messaging.search import indexes

    indexes._index.cache_clear()
    settings.SEARCH_URL = opensearch.url
    return opensearch


def test_where_it_is_away_the_search_says_so(scene: Scene, server: FakeOpenSearch) -> None:
    say(scene.conversation, scene.owner, "words")
    index_all()
    server.failing = 503
    try:
        answer = api(scene.member).get("/v1/search", {"q": "words"})
    finally:
        server.failing = 0

    assert (answer.status_code, answer.json()["code"]) == (503, "search_away")


def test_commands_prove_and_rebuild_it(scene: Scene, server: FakeOpenSearch) -> None:
    place: dict[str, Any] = {"conversation_id": scene.id, "user_id": scene.owner.pk}
    for number in range(5):
        say(scene.conversation, scene.owner, f"words {number}")
    index_all()
    edit_message(**place, seq=1, body="other words")
    delete_message(**place, seq=2)
    index_all()
    assert run("check_search")[0] == 0

    (documents,) = server.indexes.values()
    documents.clear()
    assert run("check_search")[0] == 1
    assert run("rebuild_search", "--all")[0] == 0
    assert run("check_search")[0] == 0
    assert len(documents) == 5  # four messages, one of them in two versions


def test_a_conversation_is_forgotten(scene: Scene, server: FakeOpenSearch) -> None:
    say(scene.conversation, scene.owner, "words")
    index_all()
    search_index().forget(scene.id)

    (documents,) = server.indexes.values()
    assert documents == {}
