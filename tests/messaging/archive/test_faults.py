"""What the archive's readers and writers see while the store is slow, away, full or damaged."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pyarrow.parquet as pq
import pytest
from django.db import connection

from chatproject.environment import Environment
from messaging.archive import store_reads
from messaging.archive.checking import check_archive
from messaging.archive.lease import working
from messaging.archive.restoring import restore_conversation
from messaging.archive.row_groups import clear_caches
from messaging.archive.rows import PLACE
from messaging.archive.store_reads import STORE_READS
from messaging.models import ArchiveFile, ArchiveSegment
from messaging.sending.drafts import Draft
from messaging.sending.results import SendStatus
from messaging.sending.writer import Writer
from tests.attachments.conftest import new_bucket, s3_endpoint
from tests.cast import api, make_conversation
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.archive.scenes import NUMBER, OLD, archived, history, published
from tests.messaging.archive.steps import archive_all, rows_of
from tests.messaging.archive.test_crashes import Installation
from tests.messaging.sending.test_writer import Answers
from tests.realtime.scene import in_loop
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
    clear_caches()
    yield scene
    clear_caches()


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


def test_what_waits_for_a_held_store_holds_no_other_send_up(
    slow: Scene, proxy: SlowProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many drafts wait for files as there are flights, in conversations of their own."""
    monkeypatch.setattr(store_reads, "SECONDS", 600.0)
    other = make_conversation(slow.owner, slow.member)
    late = Draft(slow.id, slow.owner.pk, uuid4(), "late", reply_to_seq=OLD)
    plain = Draft(other.pk, slow.owner.pk, uuid4(), "plain")

    @in_loop
    async def run() -> None:
        answers = Answers()
        writer = Writer(answers.published.extend)
        with proxy.holding():
            writer.submit(late, answers.take)
            await until_asked(proxy)
            for _ in range(5):
                writer.submit(plain._replace(client_id=uuid4()), answers.take)
                await asyncio.sleep(0)
            results = await answers.all_of(5)
            assert proxy.is_holding
            assert {it.row["body"] for it in results if it.row} == {"plain"}
        await answers.all_of(6)
        await writer.stop()
        assert {it.status for it in answers.results} == {SendStatus.STORED}

    run()
    assert OLD in rows_of(slow.id)


async def until_asked(proxy: SlowProxy) -> None:
    async with asyncio.timeout(30):
        while not proxy.asked:  # noqa: ASYNC110 (by another thread)
            await asyncio.sleep(0.02)


# -- a full disk


@pytest.fixture
def installation(data_dir: Path, own_store: Path) -> Installation:
    data_dir.mkdir()
    return Installation(data_dir, own_store)


def test_a_full_disk_loses_nothing_and_the_next_run_goes_on(installation: Installation) -> None:
    """Files may not become larger than 8 KiB, as root or not: the write fails in its middle."""
    scene, pages = installation.scene, history(installation.scene)
    code, err = installation.archive_limited(8 << 10)
    assert code == 1
    assert "cannot be written. Nothing was removed." in err
    assert "File too large" in err
    assert "Traceback" not in err
    assert rows_of(scene.id) == set(range(1, NUMBER + 1))
    assert not ArchiveSegment.objects.exists()
    assert not list(installation.store.rglob("*.parquet"))
    installation.prove(pages)
    assert installation.archive() == 0
    assert len(rows_of(scene.id)) < NUMBER
    installation.prove(pages)


# -- a damaged file


def stored_path(store: Path) -> Path:
    (path,) = store.rglob("*.parquet")
    return path


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)


def places(size: int) -> list[int]:
    """In all of a file, close together where its first pages begin."""
    return [*range(4, 80, 7), *range(80, size - 8, size // 60)]


def test_no_damage_shows_another_text(own_store: Path) -> None:
    """One byte is another: the page is as it was, or is refused with a code."""
    scene = archived(make_scene())
    path, right = stored_path(own_store), api(scene.owner).get(old_page(scene)).content
    whole, refused = path.read_bytes(), 0
    for place in places(len(whole)):
        flip(path, place)
        clear_caches()
        answer = api(scene.owner).get(old_page(scene))
        if answer.status_code == 503:
            assert answer.json()["code"] == "archive_unavailable"
            refused += 1
        else:
            assert answer.content == right, place
        path.write_bytes(whole)
    assert refused > 10


@pytest.mark.parametrize("part", ["texts", "cut off", "empty"])
def test_a_damaged_file_is_named_and_not_given_up(own_store: Path, part: str) -> None:
    scene = archived(make_scene())
    before = history(scene)
    path = stored_path(own_store)
    whole = path.read_bytes()
    texts = pq.read_metadata(path).row_group(0).column(PLACE["body"])
    match part:
        case "texts":
            flip(path, texts.data_page_offset + texts.total_compressed_size // 2)
        case "cut off":
            path.write_bytes(whole[: len(whole) // 4])
        case _:
            path.write_bytes(b"")
    clear_caches()
    status, answer = ask(scene.owner, old_page(scene))
    assert (status, answer["code"]) == (503, "archive_unavailable")
    assert ask(scene.outsider, old_page(scene))[0] == 404
    assert ask(scene.owner, f"/v1/conversations/{scene.id}/messages")[0] == 200
    differences = [it for checked in check_archive() for it in checked.differences]
    key = ArchiveFile.objects.get().storage_key
    assert ("file", key) in [(it.what, it.where) for it in differences]
    repaired = [it for checked in check_archive(fix=True) for it in checked.differences]
    assert not any(it.is_fixed for it in repaired)
    path.write_bytes(whole)
    clear_caches()
    assert history(scene) == before
    assert [it for checked in check_archive() for it in checked.differences] == []


def test_a_damaged_file_whose_rows_are_all_there_is_given_up(own_store: Path) -> None:
    scene = published(make_scene())
    before = history(scene)
    flip(stored_path(own_store), 60)
    clear_caches()
    fixed = [it for checked in check_archive(fix=True) for it in checked.differences]
    assert [it.what for it in fixed if it.is_fixed] == ["file"]
    assert history(scene) == before
    assert archive_all(scene.id) == 0  # until the command is told to archive it again


def test_a_damaged_footer_in_the_database_is_taken_from_the_file(own_store: Path) -> None:
    scene = archived(make_scene())
    before = history(scene)
    ArchiveFile.objects.update(footer=b"\0" * 100)
    clear_caches()
    assert ask(scene.owner, old_page(scene))[0] == 503
    differences = [it for checked in check_archive(fix=True) for it in checked.differences]
    assert "footer" in [it.what for it in differences if it.is_fixed]
    assert [it for checked in check_archive() for it in checked.differences] == []
    assert history(scene) == before


def test_a_file_from_before_footers_stood_in_the_database(own_store: Path) -> None:
    scene = archived(make_scene())
    before = history(scene)
    ArchiveFile.objects.update(footer=None)
    clear_caches()
    assert history(scene) == before
    assert [it for checked in check_archive(fix=True) for it in checked.differences] == []
    assert ArchiveFile.objects.exclude(footer=None).count() == 1
