"""The contract of brokers, on real ones: everything arrives, in order, whatever they go through."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from chatproject.core.api.json import dump
from messaging.relay import brokers
from messaging.relay.brokers import BrokerAway, amqp, broker_of, kafka, nats
from messaging.relay.cloud_events import Event
from tests.messaging.relay.broker_servers import BrokerServer
from tests.servers import free_port


def some_events(keys: int, of_each: int) -> list[Event]:
    """The revs of each key ascend, and the keys take turns."""
    names = [str(uuid4()) for _ in range(keys)]
    return [
        Event(f"{key}:{rev}", key, "chat.message.created", dump({"id": f"{key}:{rev}"}))
        for rev in range(1, of_each + 1)
        for key in names
    ]


def in_order(found: Sequence[dict[str, Any]], events: Sequence[Event]) -> None:
    """Each event was there, and before its first time all earlier ones of its key."""
    firsts = list(dict.fromkeys(each["id"] for each in found))
    for key in {event.key for event in events}:
        wanted = [event.id for event in events if event.key == key]
        assert [each for each in firsts if each.startswith(key)] == wanted


async def publish(server: BrokerServer, events: Sequence[Event]) -> None:
    broker = broker_of(server.url)
    try:
        await broker.open()
        await broker.publish(events)
    finally:
        await broker.close()


async def test_everything_arrives_in_the_order_of_its_key(broker_server: BrokerServer) -> None:
    events = some_events(keys=3, of_each=100)

    await publish(broker_server, events)

    in_order(await broker_server.read([event.id for event in events]), events)


async def test_what_is_published_twice_stays_in_order(broker_server: BrokerServer) -> None:
    events = some_events(keys=2, of_each=20)

    await publish(broker_server, events[:30])
    await publish(broker_server, events)

    in_order(await broker_server.read([event.id for event in events]), events)


async def test_a_broker_that_stands_still_counts_as_away_and_misses_nothing(
    broker_server: BrokerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = some_events(keys=2, of_each=50)
    await publish(broker_server, events[:10])
    for module in (kafka, amqp, nats):
        monkeypatch.setattr(module, "PUBLISH_SECONDS", 0.5)
    broker = broker_of(broker_server.url)
    await broker.open()
    broker_server.freeze()
    try:
        with pytest.raises(BrokerAway):
            await broker.publish(events[10:40])
    finally:
        broker_server.thaw()
        await broker.close()
    monkeypatch.undo()

    await publish(broker_server, events[10:])

    in_order(await broker_server.read([event.id for event in events]), events)


@pytest.mark.parametrize("scheme", ["kafka", "amqp", "nats"])
async def test_nobody_at_the_address_is_away(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (kafka, amqp, nats):
        monkeypatch.setattr(module, "OPEN_SECONDS", 1.0)
    broker = broker_of(f"{scheme}://127.0.0.1:{free_port()}")
    try:
        with pytest.raises(BrokerAway):
            await broker.open()
    finally:
        await broker.close()


@pytest.mark.parametrize("broker_server", ["rabbitmq"], indirect=True)
async def test_what_no_queue_takes_is_not_acknowledged(broker_server: BrokerServer) -> None:
    """A listener makes the queue; until then nothing is lost."""
    broker = broker_of(f"{broker_server.url}?exchange=apart&queue=")
    try:
        await broker.open()
        with pytest.raises(BrokerAway):
            await broker.publish(some_events(keys=1, of_each=1))
    finally:
        await broker.close()


def test_addresses_in_parts() -> None:
    address = brokers.Address("kafkas://ann:p%40ss@a:9092,b:9093/topic.x")
    assert (address.hosts, address.path, address.login) == (
        ["a:9092", "b:9093"],
        "topic.x",
        "ann:p%40ss",
    )
    amqp_address = brokers.Address("amqp://guest@h/vhost?exchange=x&queue=")
    assert amqp_address.options == {"exchange": "x", "queue": ""}
