"""What is acknowledged is on disk: whatever is killed, nothing is lost, doubled or reordered."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatproject.client import ChatError
from chatproject.server.embedded_postgres.cluster import Cluster
from tests import database
from tests.conftest import SERVER
from tests.journeys.stage import Person, RecordingClient, Stage, history, holds
from tests.servers import ServerProcess

COMES_BACK = 90.0  # seconds for everything to be sent, on a machine that is busy
NO_LIMITS = {"RATE_LIMITS": "off"}
Fault = Callable[[], Awaitable[None]]


class Senders:
    """People in one group who all send at once, and receive the messages of all others."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.acknowledged: list[dict[str, Any]] = []
        self.people: list[Person] = []
        self.clients: list[RecordingClient] = []

    async def join(self, size: int) -> None:
        self.people = await self.stage.people(*(f"Sender{n}" for n in range(size)))
        self.group = await self.stage.group(*self.people)
        self.clients = await self.stage.connect_all(*self.people)

    async def send(self, each: int, *, at_once: int = 4) -> None:
        """Everybody sends `each` messages in `at_once` concurrent streams."""
        self.expected = len(self.people) * each
        async with asyncio.TaskGroup() as tasks:
            for client in self.clients:
                for stream in range(at_once):
                    tasks.create_task(self._send_each(client, stream, each // at_once))

    async def _send_each(self, client: RecordingClient, stream: int, times: int) -> None:
        """Of all kinds that are stored in different ways: plain, with a mention, a reply."""
        for number in range(times):
            mention = "" if number % 3 else f"<@{self.people[0].id}> @all "
            reply_to = self.acknowledged[-1]["seq"] if number % 4 == 3 else None
            text = f"{mention}{client.chat.user_id} {stream} {number}"
            sent = await client.chat.send(self.group, text, reply_to=reply_to)
            self.acknowledged.append(dict(sent))

    async def has_sent(self, share: float) -> None:
        """Returns when this share of the messages is acknowledged."""
        await holds(self._is_sent(share), f"{len(self.acknowledged)} sent", seconds=COMES_BACK)

    def _is_sent(self, share: float) -> Callable[[], Awaitable[bool]]:
        async def check() -> bool:
            return len(self.acknowledged) >= share * self.expected

        return check

    async def check(self) -> None:
        """Every acknowledged message is stored once and in order, and everybody received it so."""
        log = await history(self.people[0], self.group)
        assert [message["seq"] for message in log] == list(range(1, len(log) + 1))
        stored_messages = {message["id"]: message for message in log if message["kind"] != "system"}
        assert len(stored_messages) == self.expected == len(self.acknowledged)
        for message in self.acknowledged:
            stored = stored_messages[message["id"]]
            assert (stored["seq"], stored["content"]) == (message["seq"], message["content"])
        texts = [message["content"] for message in stored_messages.values()]
        assert max(Counter(texts).values()) == 1
        assert_in_order(texts)
        for client in self.clients:
            await client.until(
                lambda client=client: len(client.contents()) >= len(texts),
                "not everything was received",
            )
            assert client.contents() == texts


def assert_in_order(texts: list[str]) -> None:
    """The messages of each stream are in the order in which they were sent."""
    last: dict[str, int] = {}
    for text in texts:
        stream, _, number = text.rpartition("@all ")[2].rpartition(" ")
        assert int(number) == last.get(stream, -1) + 1
        last[stream] = int(number)


@pytest.fixture
def watch(request: pytest.FixtureRequest) -> Callable[[ServerProcess], ServerProcess]:
    """Shows the server's log beside a failure."""

    def keep(process: ServerProcess) -> ServerProcess:
        request.node.getparent(pytest.Module).stash[SERVER] = process
        return process

    return keep


@pytest.fixture
def own_server(data_dir: Path, watch: Any) -> Iterator[ServerProcess]:
    with watch(ServerProcess(data_dir, env=NO_LIMITS)) as process:
        yield process


@pytest.fixture
def server_with_postgres(data_dir: Path, watch: Any) -> Iterator[ServerProcess]:
    """With an embedded PostgreSQL of its own, which the server looks after, and fsync."""
    with watch(ServerProcess(data_dir, own_postgres=True, env=NO_LIMITS)) as process:
        yield process


class Remote:
    """A server whose PostgreSQL is somebody else's to start."""

    def __init__(self, data_dir: Path) -> None:
        self.postgres = Cluster(data_dir / "remote")
        database.lend_cluster(self.postgres)
        with self.postgres.lock():
            self.postgres.start()
        env = {**NO_LIMITS, "DATABASE_URL": self.postgres.url()}
        self.process = ServerProcess(data_dir / "server", env=env)

    def start_postgres(self) -> None:
        with self.postgres.lock():
            self.postgres.start()

    def stop_postgres(self) -> None:
        with self.postgres.lock():
            self.postgres.stop()


@pytest.fixture
def remote(data_dir: Path, watch: Any) -> Iterator[Remote]:
    remote = Remote(data_dir)
    try:
        with watch(remote.process):
            yield remote
    finally:
        remote.stop_postgres()


@asynccontextmanager
async def senders_on(server: ServerProcess, size: int) -> AsyncIterator[Senders]:
    async with Stage(server) as stage:
        senders = Senders(stage)
        await senders.join(size)
        yield senders


async def kill_and_restart(server: ServerProcess) -> None:
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)


async def send_through(senders: Senders, each: int, faults: list[Fault]) -> None:
    """The faults come one after the other while everybody sends."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(senders.send(each))
        await asyncio.sleep(0)
        for number, fault in enumerate(faults, start=1):
            await senders.has_sent((number - random.random() / 2) / (len(faults) + 1))
            await fault()


@pytest.mark.faults
async def test_a_killed_server_loses_doubles_and_reorders_nothing(
    own_server: ServerProcess,
) -> None:
    async with senders_on(own_server, 6) as senders:
        await send_through(senders, 80, [lambda: kill_and_restart(own_server)])
        await senders.check()


@pytest.mark.faults
async def test_a_server_that_is_told_to_stop_sends_everybody_back(
    own_server: ServerProcess,
) -> None:
    async def restart() -> None:
        await asyncio.to_thread(own_server.restart)

    async with senders_on(own_server, 4) as senders:
        await send_through(senders, 80, [restart])
        await senders.check()


@pytest.mark.faults
async def test_a_killed_postgres_loses_doubles_and_reorders_nothing(
    server_with_postgres: ServerProcess,
) -> None:
    async def kill_postgres() -> None:
        assert server_with_postgres.postgres is not None
        server_with_postgres.postgres.kill()

    async with senders_on(server_with_postgres, 4) as senders, requests_on(senders) as answers:
        await send_through(senders, 80, [kill_postgres])
        await senders.check()
    assert set(answers) <= {200, 503}
    assert answers[200]


@pytest.mark.faults
async def test_sends_wait_for_a_database_that_is_away_for_a_moment(remote: Remote) -> None:
    async def be_away() -> None:
        await asyncio.to_thread(remote.stop_postgres)
        assert (await refusal_of(senders.people[0])).status == 503
        await asyncio.to_thread(remote.start_postgres)

    async with senders_on(remote.process, 4) as senders:
        await send_through(senders, 40, [be_away])
        await senders.check()


@asynccontextmanager
async def requests_on(senders: Senders) -> AsyncIterator[Counter[int]]:
    """The statuses of REST requests that are made meanwhile."""
    statuses: Counter[int] = Counter()
    token = await senders.people[0].token()

    async def ask() -> None:
        headers = {"Authorization": f"Bearer {token}"}
        base_url = senders.stage.server.base_url
        async with httpx.AsyncClient(base_url=base_url, headers=headers, timeout=60) as http:
            while True:
                answer = await http.get(f"/v1/conversations/{senders.group}/messages")
                statuses[answer.status_code] += 1
                if answer.status_code == 503:
                    assert answer.headers["Retry-After"]
                    assert answer.json()["code"] == "unavailable"
                await asyncio.sleep(0.02)

    asking = asyncio.create_task(ask())
    try:
        yield statuses
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking


async def refusal_of(person: Person) -> ChatError:
    with pytest.raises(ChatError) as refused:
        await person.rest.get("users", "me")
    return refused.value


# -- the long form


@pytest.mark.faults_long
@pytest.mark.timeout(900)
async def test_a_server_killed_again_and_again(own_server: ServerProcess) -> None:
    async with senders_on(own_server, 20) as senders:
        await send_through(senders, 2_000, [lambda: kill_and_restart(own_server)] * 10)
        await senders.check()


@pytest.mark.faults_long
@pytest.mark.timeout(900)
async def test_postgres_killed_again_and_again(server_with_postgres: ServerProcess) -> None:
    async def kill_postgres() -> None:
        assert server_with_postgres.postgres is not None
        await holds(lambda: asyncio.to_thread(server_with_postgres.is_ready), "not ready again")
        server_with_postgres.postgres.kill()

    async with senders_on(server_with_postgres, 10) as senders, requests_on(senders) as answers:
        await send_through(senders, 2_000, [kill_postgres] * 6)
        await senders.check()
    assert set(answers) <= {200, 503}


@pytest.mark.faults_long
@pytest.mark.timeout(900)
async def test_both_killed_at_once(server_with_postgres: ServerProcess) -> None:
    async def kill_both() -> None:
        assert server_with_postgres.postgres is not None
        server_with_postgres.postgres.kill()
        await kill_and_restart(server_with_postgres)

    async with senders_on(server_with_postgres, 10) as senders:
        await send_through(senders, 1_000, [kill_both] * 4)
        await senders.check()


@pytest.mark.faults_long
@pytest.mark.timeout(900)
async def test_a_database_that_is_away_for_longer_than_a_send_waits(remote: Remote) -> None:
    async def be_away() -> None:
        await asyncio.to_thread(remote.stop_postgres)
        await asyncio.sleep(20)
        await asyncio.to_thread(remote.start_postgres)

    async with senders_on(remote.process, 10) as senders:
        await send_through(senders, 400, [be_away, be_away])
        await senders.check()
