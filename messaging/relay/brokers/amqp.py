"""RabbitMQ, by AMQP 0-9-1: a topic exchange, and a quorum queue with everything bound to it."""

import asyncio
from collections.abc import Sequence

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aio_pika.exceptions import AMQPError

from messaging.relay.brokers import NAME, PUBLISH_SECONDS, Address, BrokerAway
from messaging.relay.cloud_events import CONTENT_TYPE, Event

OPEN_SECONDS = 10.0


class AmqpBroker:
    """See Broker. `amqp://USER:PASSWORD@HOST:PORT/VHOST?exchange=…&queue=…`, `amqps://` for TLS.

    The routing key is TYPE.KEY, by which other queues take what they want. An event that no queue
    takes counts as not taken: `queue=` with nothing behind it makes none, and leaves that to who
    listens.
    """

    def __init__(self, address: Address) -> None:
        self._url = address.url.partition("?")[0]
        self._exchange_name = address.options.get("exchange", NAME)
        self._queue_name = address.options.get("queue", NAME)
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchange: AbstractExchange | None = None

    async def open(self) -> None:
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await self._open()
        except (AMQPError, OSError, TimeoutError, RuntimeError) as error:
            raise BrokerAway(repr(error)) from error

    async def _open(self) -> None:
        self._connection = await aio_pika.connect(self._url)
        self._channel = await self._connection.channel(on_return_raises=True)
        self._exchange = await self._channel.declare_exchange(
            self._exchange_name, aio_pika.ExchangeType.TOPIC, durable=True
        )
        if self._queue_name:
            queue = await self._channel.declare_queue(
                self._queue_name, durable=True, arguments={"x-queue-type": "quorum"}
            )
            await queue.bind(self._exchange, "#")

    async def publish(self, events: Sequence[Event]) -> None:
        """All are under way at once; their frames leave in their order."""
        try:
            async with asyncio.timeout(PUBLISH_SECONDS), asyncio.TaskGroup() as group:
                for event in events:
                    group.create_task(self._publish(event))
        except (ExceptionGroup, TimeoutError) as error:
            first = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
            raise BrokerAway(repr(first)) from error

    async def _publish(self, event: Event) -> None:
        assert self._exchange is not None
        message = aio_pika.Message(
            event.body,
            content_type=CONTENT_TYPE,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=event.id,
            type=event.type,
        )
        await self._exchange.publish(message, f"{event.type}.{event.key}", mandatory=True)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await connection.close()
        except Exception:  # noqa: BLE001 (it is gone in whatever way)
            self._channel = None
