"""A post to thousands costs what a post to two costs: one row, and one publish a process."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from chatproject.realtime.bus import Publication, conversation_topic
from chatproject.realtime.bus.memory import MemoryBus
from chatproject.realtime.bus.redis import RedisBus
from chatproject.realtime.hub import Hub
from chatproject.realtime.hub_queries import Head
from chatproject.realtime.socket import Socket
from conversations.models import Conversation
from messaging.actions.receipts import mark_read
from messaging.models import Receipt
from messaging.sending.drafts import Draft
from messaging.sending.send import send_messages
from tests.cast import api, say
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.membership.test_large_conversation import fill
from tests.realtime.scene import FOREVER, DictHubQueries, RecordingClient, in_loop
from tests.redis_server import RedisServer

THOUSANDS = 3_000


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def broadcast(db: None) -> Scene:
    return fill(make_scene("broadcast"), THOUSANDS)


def written() -> Counter[str]:
    """Rows that this transaction has inserted, changed or deleted, by table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
        )
        return Counter(dict(cursor.fetchall()))


def post(scene: Scene, text: str = "to all") -> None:
    (outcome,) = send_messages([Draft(scene.id, scene.owner.pk, uuid4(), text)])
    assert outcome.refusal is None


def test_a_post_is_one_row(broadcast: Scene) -> None:
    post(broadcast, "the first")
    before = written()
    post(broadcast)
    assert +(written() - before) == {
        "messaging_message": 1,
        "conversations_conversation": 1,  # its counters
        "conversations_participant": 1,  # the sender's own pointer
    }


def test_a_post_is_one_event(broadcast: Scene, listening: Any) -> None:
    with listening() as published:
        post(broadcast)
    assert published.types == ["message.created"]


def test_reading_tells_nobody_else_and_leaves_no_receipt(broadcast: Scene, listening: Any) -> None:
    seq = say(broadcast.conversation, broadcast.owner, "hear ye")["seq"]
    with listening() as published:
        mark_read(conversation_id=broadcast.id, user_id=broadcast.member.pk, seq=seq)
    assert published.types == ["state.changed"]  # to the reader's own devices
    assert not Receipt.objects.filter(conversation=broadcast.id).exists()
    answer = api(broadcast.owner).get(f"/v1/conversations/{broadcast.id}/messages/{seq}/receipts")
    assert answer.status_code == 200


def test_the_list_of_people_comes_in_pages(
    broadcast: Scene, django_assert_max_num_queries: Any
) -> None:
    asker, path = api(broadcast.owner), f"/v1/conversations/{broadcast.id}/participants"
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        with django_assert_max_num_queries(10):
            page = asker.get(path, {"limit": 1000} | ({"cursor": cursor} if cursor else {})).json()
        assert len(page["results"]) <= 1000
        seen += [person["userId"] for person in page["results"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == THOUSANDS
    assert Conversation.objects.get(pk=broadcast.id).member_count == THOUSANDS


async def crowd(hub: Hub, queries: DictHubQueries, room: Any, number: int) -> list[RecordingClient]:
    everybody = []
    for _ in range(number):
        ears, person = RecordingClient(), uuid4()
        queries.visible[room, person] = ((1, FOREVER),)
        await hub.connect(Socket(ears.send, user_id=person, sign_in_id=uuid4()))
        everybody.append(ears)
    return everybody


async def all_have_heard(listeners: list[RecordingClient]) -> None:
    async with asyncio.timeout(60):
        while not all(ears.frames for ears in listeners):  # noqa: ASYNC110 (too many for events)
            await asyncio.sleep(0.01)


@in_loop
async def two_processes_hear_one(redis: RedisServer) -> None:
    queries, room = DictHubQueries(), uuid4()
    queries.head[room] = Head(0, 0)
    one, other = (Hub(RedisBus(redis.url), queries) for _ in range(2))
    await one.start()
    await other.start()
    here = await crowd(one, queries, room, 1_000)
    there = await crowd(other, queries, room, 1_000)
    before = redis.published()
    one.publish_here([Publication(conversation_topic(room), b'{"n":1}', 1, 1)])
    await all_have_heard(here + there)
    assert redis.published() - before == 1
    assert all(ears.heard == [1] for ears in here + there)
    assert queries.asked == []  # no query for any of them
    await one.stop()
    await other.stop()


def test_two_processes_with_thousands_of_sockets_need_one_publish(redis: RedisServer) -> None:
    two_processes_hear_one(redis)


@in_loop
async def test_one_process_with_thousands_of_sockets_encodes_once() -> None:
    class CountingBus(MemoryBus):
        published = 0

        def publish(self, publications: Any) -> None:
            self.published += len(publications)
            super().publish(publications)

    queries, room, bus = DictHubQueries(), uuid4(), CountingBus()
    queries.head[room] = Head(0, 0)
    hub = Hub(bus, queries)
    await hub.start()
    listeners = await crowd(hub, queries, room, THOUSANDS)
    hub.publish_here([Publication(conversation_topic(room), b'{"n":1}', 1, 1)])
    await all_have_heard(listeners)
    assert bus.published == 1
    assert queries.asked == []
    await hub.stop()
