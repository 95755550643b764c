from collections.abc import Iterator
from typing import Any

import pytest

from messaging.relay.changes import LogChanges, move_cursors, read_changes
from messaging.relay.cloud_events import Event, events_of
from tests.messaging.relay.broker_servers import SERVERS, BrokerServer


@pytest.fixture(scope="module", params=["nats", "rabbitmq", "kafka"])
def broker_server(request: pytest.FixtureRequest) -> Iterator[BrokerServer]:
    """Each of the brokers, running; RabbitMQ takes seconds to start."""
    with SERVERS[request.param]() as server:
        yield server


class Stream:
    """What the relay would publish, without a broker."""

    def follow(self, *ids: Any) -> list[Event]:
        """The events of everything that has changed in these logs since the last call."""
        events: list[Event] = []
        changes: list[LogChanges] = read_changes(ids)
        while changes:
            events += [event for one in changes for event in events_of(one)]
            move_cursors(changes)
            changes = read_changes([one.head.id for one in changes if not one.is_whole])
        return events


@pytest.fixture
def stream(db: None) -> Stream:
    return Stream()
