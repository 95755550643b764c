"""NATS JetStream: one stream, a subject for each conversation."""

import asyncio
from collections.abc import Sequence
from typing import Any

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import StreamConfig
from nats.js.errors import NotFoundError

from messaging.relay.brokers import PUBLISH_SECONDS, Address, BrokerAway
from messaging.relay.cloud_events import CONTENT_TYPE, Event
from messaging.relay.parts import WHOLE, Part

STREAM = "CHAT_EVENTS"
OPEN_SECONDS = 10.0
AT_ONCE = 250


class NatsBroker:
    """See Broker. `nats://[USER:PASSWORD@]HOST:PORT[,HOST:PORT…]/STREAM`, `natss://` for TLS.

    The subject is STREAM.KEY.TYPE. Each event of a batch is taken only behind the one before it, so
    that one that got lost leaves no hole: those behind it are refused and come again. The server
    recognizes what it has by the id. That holds within a stream, so each of several relays has one
    of its own: STREAM_1, STREAM_2 …
    """

    def __init__(self, address: Address, part: Part = WHOLE) -> None:
        scheme = "tls" if address.scheme == "natss" else "nats"
        login = f"{address.login}@" if address.login else ""
        self._servers = [f"{scheme}://{login}{host}" for host in address.hosts]
        stream = address.path or STREAM
        self._stream = stream if part.of == 1 else f"{stream}_{part.number + 1}"
        self._client: Client | None = None
        self._jetstream: Any = None

    async def open(self) -> None:
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await self._open()
        except (NatsError, OSError, TimeoutError) as error:
            raise BrokerAway(repr(error)) from error

    async def _open(self) -> None:
        self._client = await nats.connect(
            self._servers, allow_reconnect=False, connect_timeout=5, error_cb=_ignore
        )
        self._jetstream = self._client.jetstream(timeout=PUBLISH_SECONDS)
        try:
            await self._jetstream.stream_info(self._stream)
        except NotFoundError:
            subjects = [f"{self._stream}.>"]
            config = StreamConfig(name=self._stream, subjects=subjects, duplicate_window=120)
            await self._jetstream.add_stream(config)

    async def publish(self, events: Sequence[Event]) -> None:
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                for start in range(0, len(events), AT_ONCE):
                    await self._publish(events[start : start + AT_ONCE])
        except (NatsError, OSError, TimeoutError, asyncio.InvalidStateError) as error:
            raise BrokerAway(repr(error)) from error

    async def _publish(self, events: Sequence[Event]) -> None:
        before, answers = "", []
        for event in events:
            headers = {"Nats-Msg-Id": event.id, "Content-Type": CONTENT_TYPE}
            if before:
                headers["Nats-Expected-Last-Msg-Id"] = before
            subject = f"{self._stream}.{event.key}.{event.type}"
            answers.append(
                await self._jetstream.publish_async(subject, event.body, headers=headers)
            )
            before = event.id
        await asyncio.gather(*answers)

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await client.close()
        except Exception:  # noqa: BLE001 (it is gone in whatever way)
            self._jetstream = None


async def _ignore(error: Exception) -> None:
    """The caller is told by the failed publishing."""
