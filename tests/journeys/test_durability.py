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
from tests.conftest import SERVER
from tests.journeys.stage import Person, RecordingClient, Stage, history, holds
from tests.servers import ServerProcess

COMES_BACK = 90.0  # seconds for everything to be sent, on a machine that is busy
NO_LIMITS = {"RATE_LIMITS": "off"}
Fault = Callable[[], Awaitable[None]]


class Senders:
    """People in one group who all send at once, and hear all the others."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.acknowledged: list[dict[str, Any]] = []
        self.people: list[Person] = []
        self.ears: list[RecordingClient] = []

    async def gather(self, size: int) -> None:
        self.people = await self.stage.people(*(f"Singer{n}" for n in range(size)))
        self.group = await self.stage.group(*self.people)
        self.ears = await self.stage.connect_all(*self.people)

    async def sing(self, each: int, *, at_once: int = 4) -> None:
        """Everybody sends `each` messages in `at_once` voices, each voice one after the other."""
        self.expected = len(self.people) * each
        async with asyncio.TaskGroup() as tasks:
            for ears in self.ears:
                for voice in range(at_once):
                    tasks.create_task(self._sing(ears, voice, each // at_once))

    async def _sing(self, ears: RecordingClient, voice: int, times: int) -> None:
        """Of all kinds that are stored in different ways: plain, with a mention, a reply."""
        for number in range(times):
            mention = "" if number % 3 else f"<@{self.people[0].id}> @all "
            reply_to = self.acknowledged[-1]["seq"] if number % 4 == 3 else None
            text = f"{mention}{ears.chat.user_id} {voice} {number}"
            sent = await ears.chat.send(self.group, text, reply_to=reply_to)
            self.acknowledged.append(dict(sent))

    async def has_sung(self, share: float) -> None:
        """Returns when this share is acknowledged."""
        await holds(self._is_sung(share), f"{len(self.acknowledged)} sent", seconds=COMES_BACK)

    def _is_sung(self, share: float) -> Callable[[], Awaitable[bool]]:
        async def check() -> bool:
            return len(self.acknowledged) >= share * self.expected

        return check

    async def check(self) -> None:
        """All that was acknowledged is there, once, in order; and everybody has heard it so."""
        log = await history(self.people[0], self.group)
        assert [message["seq"] for message in log] == list(range(1, len(log) + 1))
        sung = {message["id"]: message for message in log if message["kind"] != "system"}
        assert len(sung) == self.expected == len(self.acknowledged)
        for message in self.acknowledged:
            stored = sung[message["id"]]
            assert (stored["seq"], stored["content"]) == (message["seq"], message["content"])
        texts = [message["content"] for message in sung.values()]
        assert max(Counter(texts).values()) == 1
        assert_in_order(texts)
        for ears in self.ears:
            await ears.until(
                lambda ears=ears: len(ears.contents()) >= len(texts), "not everything was heard"
            )
            assert ears.contents() == texts


def assert_in_order(texts: list[str]) -> None:
    """Each voice's messages follow each other as they were sent."""
    last: dict[str, int] = {}
    for text in texts:
        voice, _, number = text.rpartition("@all ")[2].rpartition(" ")
        assert int(number) == last.get(voice, -1) + 1
        last[voice] = int(number)


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
        with self.postgres.lock():
            self.postgres.start()
        env = {**NO_LIMITS, "DATABASE_URL": self.postgres.url()}
        self.process = ServerProcess(data_dir / "server", env=env)
        self.process.manage("migrate", "--verbosity=0")

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
async def choir_on(server: ServerProcess, size: int) -> AsyncIterator[Senders]:
    async with Stage(server) as stage:
        choir = Senders(stage)
        await choir.gather(size)
        yield choir


async def kill_and_restart(server: ServerProcess) -> None:
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)


async def sing_through(choir: Senders, each: int, faults: list[Fault]) -> None:
    """The faults come one after the other while everybody sends."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(choir.sing(each))
        await asyncio.sleep(0)
        for number, fault in enumerate(faults, start=1):
            await choir.has_sung((number - random.random() / 2) / (len(faults) + 1))
            await fault()


@pytest.mark.faults
async def test_a_killed_server_loses_doubles_and_reorders_nothing(
    own_server: ServerProcess,
) -> None:
    async with choir_on(own_server, 6) as choir:
        await sing_through(choir, 80, [lambda: kill_and_restart(own_server)])
        await choir.check()


@pytest.mark.faults
async def test_a_server_that_is_told_to_stop_sends_everybody_back(
    own_server: ServerProcess,
) -> None:
    async def restart() -> None:
        await asyncio.to_thread(own_server.restart)

    async with choir_on(own_server, 4) as choir:
        await sing_through(choir, 80, [restart])
        await choir.check()


@pytest.mark.faults
async def test_a_killed_postgres_loses_doubles_and_reorders_nothing(
    server_with_postgres: ServerProcess,
) -> None:
    async def kill_postgres() -> None:
        assert server_with_postgres.postgres is not None
        server_with_postgres.postgres.kill()

    async with choir_on(server_with_postgres, 4) as choir, asked_on(choir) as answers:
        await sing_through(choir, 80, [kill_postgres])
        await choir.check()
    assert set(answers) <= {200, 503}
    assert answers[200]


@pytest.mark.faults
async def test_sends_wait_for_a_database_that_is_away_for_a_moment(remote: Remote) -> None:
    async def be_away() -> None:
        await asyncio.to_thread(remote.stop_postgres)
        assert (await refusal_of(choir.people[0])).status == 503
        await asyncio.to_thread(remote.start_postgres)

    async with choir_on(remote.process, 4) as choir:
        await sing_through(choir, 40, [be_away])
        await choir.check()


@asynccontextmanager
async def asked_on(choir: Senders) -> AsyncIterator[Counter[int]]:
    """The statuses of REST requests that are made all the while."""
    statuses: Counter[int] = Counter()
    token = await choir.people[0].token()

    async def ask() -> None:
        headers = {"Authorization": f"Bearer {token}"}
        base_url = choir.stage.server.base_url
        async with httpx.AsyncClient(base_url=base_url, headers=headers, timeout=60) as client:
            while True:
                answer = await client.get(f"/v1/conversations/{choir.group}/messages")
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
    async with choir_on(own_server, 20) as choir:
        await sing_through(choir, 2_000, [lambda: kill_and_restart(own_server)] * 10)
        await choir.check()


@pytest.mark.faults_long
@pytest.mark.timeout(900)
async def test_postgres_killed_again_and_again(server_with_postgres: ServerProcess) -> None:
    async def kill_postgres() -> None:
        assert server_with_postgres.postgres is not None
        await holds(lambda: asyncio.to_thread(server_with_postgres.is_ready), "not ready again")
        server_with_postgres.postgres.kill()

    async with choir_on(server_with_postgres, 10) as choir, asked_on(choir) as answers:
        await sing_through(choir, 2_000, [kill_postgres] * 6)
        await choir.check()
    assert set(answers) <= {200, 503}


@pytest.mark.faults_long
@pytest.mark.timeout(900)
async def test_both_killed_at_once(server_with_postgres: ServerProcess) -> None:
    async def kill_both() -> None:
        assert server_with_postgres.postgres is not None
        server_with_postgres.postgres.kill()
        await kill_and_restart(server_with_postgres)

    async with choir_on(server_with_postgres, 10) as choir:
        await sing_through(choir, 1_000, [kill_both] * 4)
        await choir.check()


@pytest.mark.faults_long
@pytest.mark.timeout(900)
async def test_a_database_that_is_away_for_longer_than_a_send_waits(remote: Remote) -> None:
    async def be_away() -> None:
        await asyncio.to_thread(remote.stop_postgres)
        await asyncio.sleep(20)
        await asyncio.to_thread(remote.start_postgres)

    async with choir_on(remote.process, 10) as choir:
        await sing_through(choir, 400, [be_away, be_away])
        await choir.check()
