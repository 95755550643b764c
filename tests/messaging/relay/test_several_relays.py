"""Several relays side by side: each log is published by one of them, and all logs by all."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from conversations.models import Conversation
from messaging.models import ErasedPerson, RelayCursor, RelayState
from messaging.relay import gauges, moved
from messaging.relay import relay as relay_module
from messaging.relay.brokers import broker_of
from messaging.relay.leadership import LOCK, Leadership, NotLeading
from messaging.relay.parts import parts_of
from messaging.relay.relay import Relay, note_seen
from tests.cast import make_conversation, make_person, say
from tests.messaging.relay.broker_servers import BrokerServer, NatsServer
from tests.messaging.relay.test_brokers import in_order, some_events


@given(st.uuids(), st.integers(1, 64))
def test_each_log_belongs_to_one_part(conversation_id: UUID, count: int) -> None:
    assert sum(part.has(conversation_id) for part in parts_of(count)) == 1


async def test_events_of_several_arrive_in_the_order_of_their_keys(
    broker_server: BrokerServer,
) -> None:
    """All at once, on one broker."""
    parts = parts_of(3)
    events = [some_events(keys=2, of_each=40) for _ in parts]
    several = [broker_of(broker_server.url, part) for part in parts]
    try:
        await asyncio.gather(*(broker.open() for broker in several))
        for start in range(0, 80, 10):
            batches = zip(several, events, strict=True)
            await asyncio.gather(*(it.publish(own[start : start + 10]) for it, own in batches))
    finally:
        await asyncio.gather(*(broker.close() for broker in several))

    if isinstance(broker_server, NatsServer):  # a stream for each
        for number, own in enumerate(events, 1):
            found = await broker_server.read([it.id for it in own], f"CHAT_{number}")
            in_order(found, own)
    else:
        together = [event for own in events for event in own]
        in_order(await broker_server.read([event.id for event in together]), together)


# -- the loop


@pytest.fixture
def wait_for_a_slot(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it takes: other tests have transactions open on the same server."""
    monkeypatch.setattr(moved, "PATIENCE_MS", 0)


def write_some() -> set[str]:
    """In conversations of each of three parts; the ids of the events."""
    owner = make_person()
    parts, places = set(parts_of(3)), list[Conversation]()
    while parts:
        place = make_conversation(owner)
        parts = {part for part in parts if not part.has(place.pk)}
        places.append(place)
    for place in places:
        for number in range(3):
            say(place, owner, str(number))
    return {f"{place.pk}:{rev}" for place in places for rev in (1, 2, 3)}


async def read_all(server: NatsServer, ids: set[str]) -> list[list[dict[str, Any]]]:
    """What is in the stream of each part."""
    found = []
    for part in parts_of(3):
        own = {it for it in ids if part.has(UUID(it.partition(":")[0]))}
        found.append(await server.read(own, f"CHAT_{part.number + 1}"))
    return found


@pytest.mark.parametrize("way", ["decoding", "heads"])
@pytest.mark.usefixtures("wait_for_a_slot")
def test_each_of_several_publishes_its_part(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "heads":
        monkeypatch.setattr(relay_module, "decoded_log", lambda own: None)
    ids = write_some()
    erased = ErasedPerson.objects.create(user_id=make_person("Leo").pk)

    async def publish_together(url: str) -> None:
        parts = parts_of(3)
        async with asyncio.TaskGroup() as group:
            for part in parts:
                group.create_task(Relay(url, [part]).run(until_idle=True))

    with NatsServer() as server:
        asyncio.run(publish_together(server.url))
        streams = asyncio.run(read_all(server, ids))

    published = [it["id"] for stream in streams for it in stream if ":" in it["id"]]
    assert sorted(published) == sorted(ids)
    for stream in streams:
        revs = [it["data"]["rev"] for it in stream if ":" in it["id"]]
        assert revs, "a part without a log"
    told = [it for stream in streams for it in stream if it["type"] == "chat.person.erased"]
    assert len(told) <= 1
    erased.refresh_from_db()
    assert erased.published_at is not None
    heads = dict(Conversation.objects.values_list("pk", "last_rev"))
    assert dict(RelayCursor.objects.values_list("conversation_id", "rev")) == heads
    assert dict(RelayState.objects.values_list("pk", "follows_by")) == dict.fromkeys((1, 2, 3), way)


@pytest.mark.usefixtures("wait_for_a_slot")
def test_one_process_that_ends_has_published_all_parts(settings: Any) -> None:
    ids = write_some()
    with NatsServer() as server:
        settings.EVENTS_URL, settings.EVENTS_RELAYS = server.url, 3
        call_command("relay", once=True)
        streams = asyncio.run(read_all(server, ids))
    assert ids <= {it["id"] for stream in streams for it in stream}


@pytest.mark.django_db(transaction=True)
def test_a_part_has_one_leader_and_a_free_one_is_taken() -> None:
    locks = [LOCK, LOCK + 1]
    first, second = Leadership(locks), Leadership(locks)
    try:
        assert {first.lock, second.lock} == set(locks)
        with pytest.raises(NotLeading):
            Leadership(locks)
    finally:
        second.end()
    third = Leadership(locks)
    assert third.lock == second.lock
    third.end()
    first.end()


@pytest.mark.django_db
def test_a_part_that_nobody_publishes_is_noticed(settings: Any) -> None:
    settings.EVENTS_URL, settings.EVENTS_RELAYS = "nats://127.0.0.1:1", 2
    first, second = parts_of(2)
    assert gauges.read_silence() == {}
    note_seen(first, "heads")
    assert gauges.read_silence()[()] < 60  # the other is waited for from now on
    RelayState.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    note_seen(first, "heads")
    assert gauges.read_silence()[()] > 3500
    note_seen(second, "heads")
    assert gauges.read_silence()[()] < 60
    settings.EVENTS_RELAYS = 1
    RelayState.objects.filter(pk=2).update(seen_at=timezone.now() - timedelta(hours=1))
    assert gauges.read_silence()[()] < 60  # there is one part alone now
