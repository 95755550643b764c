"""Claims, the pruning and uploads at one moment, in real threads: nothing claimed is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from attachments.actions.process_picture import process_picture
from attachments.actions.prune import prune_attachments
from attachments.models import Attachment
from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.errors import Refusal
from messaging.models import Message
from tests.attachments import samples
from tests.attachments.steps import content, get, sent, status, upload, uploaded
from tests.messaging.actions.scene import Scene, make_scene
from tests.waiting import eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("storage_url", ["folder"], indirect=True),
]


@pytest.fixture
def scene(transactional_db: None, kept: str) -> Scene:
    return make_scene()


def aside(work: Any, *arguments: Any) -> Any:
    """What it gives, or the code of its refusal, with the thread's connection closed."""
    try:
        return work(*arguments)
    except Refusal as refusal:
        return refusal.code
    finally:
        connection.close()


def expire(shape: dict[str, Any]) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Attachment.objects.filter(pk=shape["id"]).update(expires_at=past)


WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
WAITING_ON_NODES = "SELECT count(*) FROM citus_lock_waits"


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING_ON_NODES if is_distributed() else WAITING)
        return bool(cursor.fetchone()[0])


def test_what_is_being_claimed_is_not_pruned(scene: Scene) -> None:
    shape = uploaded(scene.owner, b"x")
    expire(shape)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        sent(scene, scene.owner, shape)  # not committed yet
        assert pool.submit(aside, prune_attachments).result().expired == 0

    assert prune_attachments().expired == 0
    assert content(get(scene.member, shape["url"])) == b"x"


def test_what_was_pruned_first_is_not_claimed(scene: Scene) -> None:
    shape = uploaded(scene.owner, b"x")
    expire(shape)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert prune_attachments().expired == 1
            claiming = pool.submit(aside, sent, scene, scene.owner, shape)
            eventually(somebody_waits_for_a_lock)
        assert claiming.result() == "attachment_not_found"
    assert not Message.objects.exists()


def test_one_file_goes_into_one_message(scene: Scene) -> None:
    shape = uploaded(scene.owner, b"x")
    together = Barrier(8)

    def send(n: int) -> Any:
        together.wait()
        return aside(sent, scene, scene.owner, shape)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))

    assert sorted(map(str, answers)) == ["1"] + ["attachment_not_found"] * 7
    assert Message.objects.count() == 1


def test_uploads_at_once_do_not_pass_the_quota(scene: Scene, settings: Any) -> None:
    settings.ATTACHMENT_QUOTA_BYTES = 2500
    together = Barrier(6)

    def send(person: User) -> int:
        together.wait()
        try:
            return int(upload(person, bytes(1000)).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(send, [scene.owner] * 6))

    assert answers == [201, 201, 413, 413, 413, 413]


@pytest.mark.parametrize("times", range(3))
def test_a_picture_that_is_sent_while_it_becomes_ready(scene: Scene, times: int) -> None:
    """Whichever comes first, the message ends with the previews and nobody waits for ever."""
    shape = uploaded(scene.owner, samples.picture())
    together = Barrier(2)

    def prepare() -> None:
        together.wait()
        process_picture(attachment_id=UUID(shape["id"]))

    with ThreadPoolExecutor(1) as pool:
        preparing = pool.submit(aside, prepare)
        together.wait()
        sent(scene, scene.owner, shape)
        preparing.result()

    row = Attachment.objects.get()
    assert (row.state, row.seq) == ("ready", 1)
    assert Message.objects.get().rev in (1, 2)
    assert status(scene.member, f"{shape['url']}/thumbnail") == 200
