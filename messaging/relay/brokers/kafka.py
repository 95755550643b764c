"""Kafka, and what speaks its protocol: one topic, whose partitions are chosen by the key."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from confluent_kafka import KafkaException, Producer

from messaging.relay.brokers import NAME, PUBLISH_SECONDS, Address, BrokerAway
from messaging.relay.cloud_events import CONTENT_TYPE, Event

HEADERS: list[tuple[str, str | bytes | None]] = [("content-type", CONTENT_TYPE)]
OPEN_SECONDS = 10.0


class KafkaBroker:
    """See Broker. `kafka://[USER:PASSWORD@]HOST:PORT[,HOST:PORT…]/TOPIC`, `kafkas://` for TLS.

    The producer is idempotent, so that what it sends again by itself neither comes twice nor
    overtakes.
    """

    def __init__(self, address: Address) -> None:
        self._topic = address.path or NAME
        self._errors: list[str] = []
        self._producer: Producer | None = None
        self._settings: dict[str, Any] = {
            "bootstrap.servers": ",".join(address.hosts),
            "client.id": "chat-relay",
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 5,
            "compression.type": "lz4",
            # Within a batch it is tried until the relay gives up, so that none is left out.
            "message.timeout.ms": int(PUBLISH_SECONDS * 2000),
            "log_level": 0,
        } | _security(address)

    async def open(self) -> None:
        self._producer = producer = Producer(self._settings)
        try:
            await asyncio.to_thread(producer.list_topics, timeout=OPEN_SECONDS)
        except KafkaException as error:
            raise BrokerAway(str(error)) from error

    async def publish(self, events: Sequence[Event]) -> None:
        await asyncio.to_thread(self._publish, events)

    def _publish(self, events: Sequence[Event]) -> None:
        producer = self._producer
        assert producer is not None
        self._errors.clear()
        try:
            for event in events:
                producer.produce(
                    self._topic,
                    key=event.key,
                    value=event.body,
                    headers=HEADERS,
                    on_delivery=self._on_delivery,
                )
            left = producer.flush(PUBLISH_SECONDS)
        except (KafkaException, BufferError) as error:
            raise BrokerAway(str(error)) from error
        if left or self._errors:
            raise BrokerAway(self._errors[0] if self._errors else f"{left} are not acknowledged")

    def _on_delivery(self, error: Any, message: Any) -> None:
        if error is not None:
            self._errors.append(str(error))

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await asyncio.to_thread(producer.purge)


def _security(address: Address) -> dict[str, str]:
    tls = address.scheme == "kafkas"
    if not address.login:
        return {"security.protocol": "ssl"} if tls else {}
    user, _, password = address.login.partition(":")
    return {
        "security.protocol": "sasl_ssl" if tls else "sasl_plaintext",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": unquote(user),
        "sasl.password": unquote(password),
    }
