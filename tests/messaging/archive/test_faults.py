"""What the archive's readers and writers see while the store is slow, away, full or damaged."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.db import connection

from chatproject.environment import Environment
from messaging.archive import store_reads
from messaging.archive.files import forget_held
from messaging.archive.lease import working
from messaging.archive.restoring import restore_conversation
from messaging.archive.store_reads import STORE_READS
from tests.attachments.conftest import new_bucket, s3_endpoint
from tests.cast import api
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.archive.scenes import NUMBER, OLD, archived
from tests.messaging.archive.steps import rows_of
from tests.slow_proxy import SlowProxy

__all__ = ["new_bucket", "s3_endpoint"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def proxy(s3_endpoint: str) -> Iterator[SlowProxy]:
    """Before moto's server of the S3 API."""
    parts = urlsplit(s3_endpoint)
    proxy = SlowProxy(str(parts.hostname), int(parts.port or 0))
    yield proxy
    proxy.close()


@pytest.fixture
def slow(
    settings: Any,
    proxy: SlowProxy,
    s3_endpoint: str,
    new_bucket: Callable[[], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Scene]:
    """The older part is in a bucket that is reached by the proxy; nothing of it is held."""
    port = str(urlsplit(s3_endpoint).port)
    url = new_bucket().replace(port, str(proxy.port))
    environment = Environment({"STORAGE_URL": url})
    store = environment.storage("STORAGE_URL", tmp_path)
    assert not environment.problems
    settings.STORAGES = {**settings.STORAGES, "default": store}
    monkeypatch.setattr(store_reads, "SECONDS", 0.7)
    scene = archived(make_scene())
    forget_held()
    yield scene
    forget_held()


def old_page(scene: Scene) -> str:
    return f"/v1/conversations/{scene.id}/messages?before={OLD}"


def ask(person: Any, path: str) -> tuple[int, Any]:
    answer = api(person).get(path)
    return answer.status_code, answer.json()


def say_by_rest(scene: Scene, **more: Any) -> tuple[int, Any]:
    body = {"content": "new", "clientId": str(uuid4()), **more}
    answer = api(scene.owner).post(f"/v1/conversations/{scene.id}/messages", body, format="json")
    return answer.status_code, answer.json()


def test_a_page_is_answered_while_the_store_holds_it_up(slow: Scene, proxy: SlowProxy) -> None:
    """With a code, and not when the store is done; what needs no file goes on meanwhile."""
    with proxy.holding():
        for path in (old_page(slow), f"/v1/conversations/{slow.id}/messages/{OLD}"):
            STORE_READS.forget()
            status, answer = ask(slow.owner, path)
            assert (status, answer["code"]) == (503, "archive_unavailable")
            assert proxy.is_holding
        assert proxy.asked
        assert ask(slow.outsider, old_page(slow))[0] == 404
        assert ask(slow.owner, f"/v1/conversations/{slow.id}/messages")[0] == 200
        assert ask(slow.owner, "/v1/conversations")[0] == 200
        assert say_by_rest(slow)[0] == 200
        status, answer = say_by_rest(slow, replyToSeq=OLD)
        assert (status, answer["code"]) == (503, "archive_unavailable")
    STORE_READS.forget()
    assert ask(slow.owner, old_page(slow))[0] == 200
    assert ask(slow.outsider, old_page(slow))[0] == 404


def test_after_one_read_that_took_too_long_others_are_refused_at_once(
    slow: Scene, proxy: SlowProxy
) -> None:
    with proxy.holding():
        assert ask(slow.owner, old_page(slow))[0] == 503
        asked = proxy.asked
        assert ask(slow.member, old_page(slow))[0] == 503
        assert proxy.asked == asked  # nobody has asked the store again


def test_many_readers_of_a_held_store_block_nobody_else(slow: Scene, proxy: SlowProxy) -> None:
    """More than there are threads for reading."""
    readers = store_reads.READERS + 4

    def read_old(_: int) -> int:
        try:
            return ask(slow.owner, old_page(slow))[0]
        finally:
            connection.close()

    with proxy.holding(), ThreadPoolExecutor(readers) as threads:
        waiting = [threads.submit(read_old, number) for number in range(readers)]
        assert say_by_rest(slow)[0] == 200
        assert ask(slow.member, f"/v1/conversations/{slow.id}/messages")[0] == 200
        assert {it.result() for it in waiting} == {503}
        assert proxy.is_holding


def test_a_store_that_is_late_but_within_the_bound_is_waited_for(
    slow: Scene, proxy: SlowProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_reads, "SECONDS", 60.0)
    proxy.delay = 0.3
    assert ask(slow.owner, old_page(slow))[0] == 200
    assert ask(slow.outsider, old_page(slow))[0] == 404


def test_the_commands_wait_for_a_slow_store(slow: Scene, proxy: SlowProxy) -> None:
    proxy.delay = 0.9  # more than a reader waits
    pages = len(rows_of(slow.id))
    with working():
        assert sum(restore_conversation(slow.id)) == NUMBER - pages
    assert len(rows_of(slow.id)) == NUMBER


def test_a_store_that_is_away(slow: Scene, proxy: SlowProxy) -> None:
    """Nobody listens there any more."""
    proxy.close()
    status, answer = ask(slow.owner, old_page(slow))
    assert (status, answer["code"]) == (503, "archive_unavailable")
    assert ask(slow.outsider, old_page(slow))[0] == 404
    assert ask(slow.owner, f"/v1/conversations/{slow.id}/messages")[0] == 200
    assert say_by_rest(slow)[0] == 200
    edited = api(slow.owner).patch(
        f"/v1/conversations/{slow.id}/messages/{OLD + 1}", {"content": "x"}, format="json"
    )
    assert edited.status_code in (403, 503)
    assert rows_of(slow.id).isdisjoint({OLD, OLD + 1})
