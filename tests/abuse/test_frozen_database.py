"""While PostgreSQL is frozen every call is refused within its time, and all is well afterwards."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from chatproject.core.db.deadlines import answered_within, seconds_to_wait
from chatproject.core.db.distributed.nodes import connect
from chatproject.core.db.pipeline import Statement, Step, one_trip, run, run_async
from tests.freezing import frozen, with_children
from tests.journeys.stage import Person, Stage
from tests.servers import ServerProcess

SLEEP = Step(Statement("SELECT pg_sleep(600)"))


@pytest.mark.django_db(transaction=True)
def test_a_statement_is_given_up_and_its_connection_closed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    with (
        answered_within(0.2),
        pytest.raises(OperationalError, match="in time"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT pg_sleep(600)")
    connection.close()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert seconds_to_wait() is None


@pytest.mark.django_db(transaction=True)
def test_a_pipeline_is_given_up_too() -> None:
    raw = connect()
    with answered_within(0.2), pytest.raises(psycopg.OperationalError, match="in time"):
        run(raw, one_trip([SLEEP]))
    assert raw.closed


@pytest.mark.django_db(transaction=True)
async def test_and_one_in_the_event_loop() -> None:
    raw = await asyncio.to_thread(connect)
    with pytest.raises(psycopg.OperationalError, match="in time"):
        await run_async(raw, one_trip([SLEEP]), seconds=0.2)
    assert raw.closed


@pytest.mark.django_db(transaction=True)
def test_without_a_limit_it_is_waited_for() -> None:
    with answered_within(0.1), answered_within(0), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.5)")
    assert seconds_to_wait() is None


# -- the running system


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    env = {"RATE_LIMITS": "off", "STATEMENT_TIMEOUT": "1", "SECRET_KEY": settings.SECRET_KEY}
    folder = tmp_path_factory.mktemp("frozen")
    with ServerProcess(folder, own_postgres=True, env=env) as process:
        yield process


@pytest.fixture
async def stage(server: ServerProcess) -> AsyncIterator[Stage]:
    async with Stage(server) as stage:
        yield stage


@asynccontextmanager
async def frozen_postgres(server: ServerProcess) -> AsyncIterator[None]:
    """PostgreSQL and all its processes stand still."""
    assert server.postgres is not None
    pid = int((server.postgres.data / "postmaster.pid").read_text().split()[0])
    with frozen(with_children(pid)):
        yield


async def answer(client: httpx.AsyncClient, person: Person, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {await person.token()}"}
    method = "GET" if body is None else "POST"
    return await client.request(method, f"/v1/{path}", json=body, headers=headers)


async def test_calls_are_refused_with_503_and_go_on_afterwards(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    direct = await stage.direct(ann, bob)
    messages = f"conversations/{direct}/messages"
    async with (
        httpx.AsyncClient(base_url=stage.server.base_url, timeout=60) as client,
        stage.raw(ann) as socket,
    ):
        await socket.next_of("hello")
        assert (await answer(client, bob, messages, {"content": "before"})).status_code == 200
        await socket.next_of("message.created")
        async with frozen_postgres(stage.server):
            await socket.send(
                {"type": "message.send", "ref": "s", "conversationId": direct, "content": "s"}
            )
            await socket.send({"type": "sync", "ref": "y", "conversations": {direct: 0}})
            asked = [answer(client, bob, messages) for _ in range(10)]
            asked += [
                answer(client, bob, messages, {"content": "x"}),
                answer(client, bob, "users/me"),
                # What queues a task without asking anything before.
                answer(client, bob, "users/password-reset", {"email": "bob@example.org"}),
            ]
            told = await asyncio.gather(*asked)
            assert {each.status_code for each in told} == {503}
            assert {each.json()["code"] for each in told} <= {"unavailable", "busy"}
            refusals = [await socket.next_of("error") for _ in range(2)]
            assert {it["code"] for it in refusals} == {"unavailable"}
            assert {it["ref"] for it in refusals} == {"s", "y"}
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.get("/healthz")).status_code == 200
        stage.server.wait_until_ready()
        assert (await answer(client, bob, messages, {"content": "after"})).status_code == 200
        while (await socket.next_of("message.created"))["message"]["content"] != "after":
            pass
