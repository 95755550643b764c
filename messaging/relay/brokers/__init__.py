"""The contract of a message broker, and which one EVENTS_URL names."""

from collections.abc import Sequence
from typing import Protocol
from urllib.parse import SplitResult, parse_qsl, urlsplit

from messaging.relay.cloud_events import Event
from messaging.relay.parts import WHOLE, Part

NAME = "chat.events"  # of a topic, exchange or stream, unless the address names another
PUBLISH_SECONDS = 20.0  # for a batch, after which the broker counts as away


class BrokerAway(Exception):
    """It does not answer, or has not taken all events; which of them it has is unknown."""


class Broker(Protocol):
    """Everything belongs to one event loop."""

    async def open(self) -> None:
        """Connects, and makes what is published to where it is missing. Raises BrokerAway."""

    async def publish(self, events: Sequence[Event]) -> None:
        """Returns when the broker has all of them on its disk; those of one key in their order.

        Raises BrokerAway. The caller publishes all of them again then, on another instance.
        """

    async def close(self) -> None:
        """Never raises. What was not acknowledged is not published any more."""


class Address:
    """EVENTS_URL in parts: `hosts` as HOST:PORT, `name` of what is published to."""

    def __init__(self, url: str) -> None:
        parts: SplitResult = urlsplit(url)
        self.scheme = parts.scheme
        self.url = url
        login, _, hosts = parts.netloc.rpartition("@")
        self.login = login
        self.hosts = hosts.split(",")
        self.path = parts.path.strip("/")
        self.options = dict(parse_qsl(parts.query, keep_blank_values=True))


def broker_of(url: str, part: Part = WHOLE) -> Broker:
    """For the relay of a part. Clients are extras, see requirements-events.txt.

    Raises ImportError without its client.
    """
    address = Address(url)
    if address.scheme in ("kafka", "kafkas"):
        from messaging.relay.brokers.kafka import KafkaBroker  # noqa: PLC0415 (an extra)

        return KafkaBroker(address)
    if address.scheme in ("amqp", "amqps"):
        from messaging.relay.brokers.amqp import AmqpBroker  # noqa: PLC0415 (an extra)

        return AmqpBroker(address)
    from messaging.relay.brokers.nats import NatsBroker  # noqa: PLC0415 (an extra)

    return NatsBroker(address, part)
