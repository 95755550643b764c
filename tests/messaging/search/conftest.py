from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import User
from chatproject.core.db.distributed import thread_readings
from chatproject.core.db.distributed.nodes import nodes
from conversations.models import Conversation
from messaging.search import conditions, indexes, postgres, postgres_find
from messaging.search.frequencies import Frequencies
from messaging.search.indexer import index_conversations
from messaging.search.opensearch import OpenSearchIndex
from tests.cast import api
from tests.citus import cluster
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.search.fake_opensearch import FakeOpenSearch, fake_opensearch


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


@pytest.fixture(scope="session")
def opensearch() -> Iterator[FakeOpenSearch]:
    with fake_opensearch() as server:
        yield server


ONE_BY_ONE, ALL = "conversations, past Citus", "words, past Citus"
PAST_CITUS = (ONE_BY_ONE, ALL) if cluster.is_there() else ()
WAYS = ("conversations", "few of each", "words", "newest", "opensearch", *PAST_CITUS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Over other connections only what is committed can be found."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and callspec.params.get("either_index") in PAST_CITUS:
            item.add_marker(pytest.mark.django_db(transaction=True), append=False)


@pytest.fixture(params=WAYS)
def either_index(
    request: pytest.FixtureRequest,
    settings: Any,
    opensearch: FakeOpenSearch,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """The test is run with both implementations of the contract, and each of the statements by
    which PostgreSQL finds: what a person in many conversations is answered by is tried in few."""
    if request.param in PAST_CITUS:
        if request.param == ALL:
            monkeypatch.setattr(postgres_find, "FEW", -1)
        request.getfixturevalue("past_citus")
    elif request.param == "opensearch":
        opensearch.indexes.clear()
        opensearch.unrefreshed.clear()
        indexes._index.cache_clear()
        settings.SEARCH_URL = opensearch.url
    elif request.param == "few of each":
        monkeypatch.setattr(conditions, "COMMON_IN_ONE", -1.0)
        monkeypatch.setattr(postgres_find, "SPARE", -100)  # one at first
    elif request.param != "conversations":
        monkeypatch.setattr(postgres_find, "FEW", -1)
        is_scan = request.param == "newest"
        monkeypatch.setattr(Frequencies, "enough_to_scan", lambda *_: 0.5)
        monkeypatch.setattr(conditions.Conditions, "_frequency", lambda *_: float(is_scan))
    return str(request.param)


@pytest.fixture
def past_citus(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All that may be is asked of the shards' own tables, and nothing falls back to Citus."""
    nodes.renew()
    if not nodes.are_several:
        pytest.skip("DATABASE_URL names no workers")

    def refuse(*asked: Any) -> Any:
        raise AssertionError("it was asked of Citus")

    monkeypatch.setattr(thread_readings, "read", refuse)
    monkeypatch.setattr(postgres, "_find", refuse)
    yield
    thread_readings.close()


@pytest.fixture(autouse=True)
def refreshing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search server finds what was written after a moment; here at the next search."""
    ask = OpenSearchIndex._ask

    def refresh_and_ask(self: OpenSearchIndex, body: dict[str, Any]) -> Any:
        self._make()
        self._refresh()
        return ask(self, body)

    monkeypatch.setattr(OpenSearchIndex, "_ask", refresh_and_ask)
