"""Searches that ask the shards' own tables: of no copy that was moved away or is not whole, and by
Citus where that cannot be. What they find is tested by `messaging/search`, past Citus too."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from psycopg import Connection
from pytest_django.fixtures import Settings

from accounts.models import User
from chatproject.core import metrics
from chatproject.core.db.distributed import thread_readings
from chatproject.core.db.distributed.nodes import Nodes, nodes
from conversations.models import Conversation
from messaging.search import postgres_find
from messaging.search.contract import SearchTooSlow
from messaging.search.messages import search_messages
from messaging.search.query import parse_query
from tests import database
from tests.cast import leave, make_conversation, make_person, say
from tests.citus import cluster
from tests.messaging.search.conftest import index_all

pytestmark = [
    pytest.mark.citus,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(autouse=True, params=["few", "many"])
def past_citus(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For somebody in few conversations, and in so many that all are looked through."""
    if request.param == "many":
        monkeypatch.setattr(postgres_find, "FEW", -1)
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    nodes._away.clear()
    nodes._own.clear()
    nodes._asked_at.clear()
    nodes.renew()
    assert nodes.are_several
    yield
    thread_readings.close()


def url() -> str:
    return database.url(connection.settings_dict["NAME"])


def counted(result: str) -> float:
    return metrics.SHARD_READS.labels(result)._value.get()


def found(person: User, text: str) -> list[str]:
    page = search_messages(viewer=person, query=parse_query(text), limit=50)
    return sorted(hit["message"]["content"] for hit in page.results)


def write(places: list[Conversation], person: User, what: str) -> list[str]:
    texts = [f"{what} words in number {number:02}" for number in range(len(places))]
    for place, text in zip(places, texts, strict=True):
        say(place, person, text)
    index_all()
    return texts


def test_everybody_finds_the_same_past_citus_and_through_it(settings: Settings) -> None:
    ann, ben, eve = (make_person(name) for name in ("Ann", "Ben", "Eve"))
    places = [make_conversation(ann, ben) for _ in range(12)]
    texts = write(places, ann, "early")
    for place in places[:4]:
        leave(place, ben)
    later = write(places, ann, "late")
    for person, expected in (
        (ann, texts + later),
        (ben, texts + later[4:]),
        (eve, []),
    ):
        answers = []
        for settings.SHARD_READS in (True, False):
            before = counted("own")
            answers.append(found(person, "words"))
            assert (counted("own") > before) == settings.SHARD_READS
        assert answers == [sorted(expected)] * 2


def test_what_is_not_committed_is_found_by_who_wrote_it() -> None:
    """Within a transaction nothing goes over other connections."""
    ann = make_person("Ann")
    places = [make_conversation(ann) for _ in range(3)]
    with transaction.atomic():
        texts = write(places, ann, "own")
        assert found(ann, "words") == texts
        transaction.set_rollback(True)
    assert found(ann, "words") == []


def test_shards_that_were_moved_are_not_searched_where_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though nothing but a read that fails finds out what has moved."""
    ann, ben = make_person("Ann"), make_person("Ben")
    places = [make_conversation(ann, ben) for _ in range(16)]
    texts = write(places, ann, "early")
    assert found(ben, "words") == texts
    monkeypatch.setattr(nodes, "_renew_at", float("inf"))
    monkeypatch.setattr(nodes, "renew", lambda: None)
    for what in ("moved", "returned"):
        Nodes.renew(nodes)
        nodes._asked_at.clear()
        assert found(ann, "words") == sorted(texts)  # by what is right until it moves
        refused = counted("moved") + counted("failed")  # the table may be gone by now
        assert cluster.move_shards(url(), 4) == 4
        if what == "moved":
            leave(places[0], ben)
        texts += write(places, ann, what)
        assert found(ann, "words") == sorted(texts)
        assert counted("moved") + counted("failed") > refused
        hidden = [it for it in texts if it.endswith("00") and not it.startswith("early")]
        assert found(ben, "words") == sorted(set(texts) - set(hidden))


def test_a_connection_that_was_cut_and_tables_that_are_gone_are_asked_of_citus() -> None:
    ann = make_person("Ann")
    places = [make_conversation(ann) for _ in range(8)]
    texts = write(places, ann, "early")
    assert found(ann, "words") == texts
    name = connection.settings_dict["NAME"]
    for host, port in cluster.nodes():
        with Connection.connect(cluster.url_on(host, port, name), autocommit=True) as raw:
            raw.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                " datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend' AND application_name NOT LIKE 'citus%%'",
                [],
            )
    assert found(ann, "words") == texts
    assert cluster.move_shards(url(), 4) == 4
    with Connection.connect(url(), autocommit=True) as raw:
        raw.execute("CALL citus_cleanup_orphaned_resources()")
    assert found(ann, "words") == texts


def test_a_search_is_given_up_after_its_time(settings: Settings) -> None:
    settings.SEARCH_SECONDS = 0.001
    ann = make_person("Ann")
    places = [make_conversation(ann) for _ in range(8)]
    for number in range(40):
        for place in places:
            say(place, ann, f"{'word ' * 60}{number}")
    index_all()
    failed = counted("failed")
    with pytest.raises(SearchTooSlow):
        found(ann, "word or wor or ord or rd or wo")
    assert counted("failed") == failed
    settings.SEARCH_SECONDS = 30
    assert len(found(ann, "word")) == 50  # the connections are whole


def test_a_split_shard_is_searched_in_both_halves() -> None:
    """The last test of this file, since the database has more shards from here on."""
    ann = make_person("Ann")
    places = [make_conversation(ann) for _ in range(16)]
    texts = write(places, ann, "early")
    assert found(ann, "words") == texts
    assert cluster.split_shards(url(), 2) == 2
    nodes.renew()
    texts += write(places, ann, "late")
    assert found(ann, "words") == sorted(texts)
