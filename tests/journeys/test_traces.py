"""One send is one trace, from the frame to the sockets of every process."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from django.conf import settings

from chatproject.core import traces
from tests.collectors import Collector, Span
from tests.journeys.stage import Stage
from tests.journeys.test_many_processes import Pair
from tests.redis_server import RedisServer
from tests.servers import ServerProcess, free_port
from tests.waiting import eventually

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector


@pytest.fixture(scope="module")
def pair(collector: Collector) -> Iterator[Pair]:
    with RedisServer() as redis, TemporaryDirectory(prefix="chat-test-") as folder:
        env = {"REDIS_URL": redis.url, "RATE_LIMITS": "off", "SECRET_KEY": settings.SECRET_KEY}
        env |= {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        with ServerProcess(Path(folder) / "one", env=env) as one:
            env["DATABASE_URL"] = one.database_url
            with ServerProcess(Path(folder) / "other", env=env) as other:
                yield Pair(redis, one, other)


@pytest.fixture
async def stage(pair: Pair) -> AsyncIterator[Stage]:
    async with Stage(pair.one) as stage:
        yield stage


def of_send(collector: Collector, group: str, count: int) -> dict[str, list[Span]]:
    """The spans of the group's one send, by name, once there are `count`."""

    def found() -> list[Span]:
        spans = list(collector.spans())
        (root,) = [it for it in spans if it.attributes.get("chat.conversation_id") == group] or [
            None
        ]
        return [it for it in spans if root and it.trace == root.trace]

    eventually(lambda: len(found()) == count)
    by_name: dict[str, list[Span]] = {}
    for span in found():
        by_name.setdefault(span.name, []).append(span)
    return by_name


async def test_a_send_by_socket(stage: Stage, pair: Pair, collector: Collector) -> None:
    owner, member = await stage.people("Olga", "Mia")
    group = await stage.group(owner, member)
    here = await stage.connect(owner, url=pair.one.base_url)
    there = await stage.connect(member, url=pair.other.base_url)
    await here.chat.send(group, "one for the trace")
    await there.reads("one for the trace")
    spans = of_send(collector, group, 4)
    (send,) = spans["message.send"]
    (store,) = spans["message.store"]
    first, second = spans["message.deliver"]
    assert send.parent == ""
    assert {it.parent for it in (store, first, second)} == {send.id}
    assert {first.process, second.process} == {pair.one.process.pid, pair.other.process.pid}
    assert send.process == store.process == pair.one.process.pid
    assert send.begin <= store.begin <= store.end <= min(first.begin, second.begin)
    assert send.attributes["chat.result"] == store.attributes["chat.result"] == "stored"
    assert not any(b"for the trace" in it.body for it in collector.posted)


async def test_a_send_by_rest_continues_the_trace_of_who_calls(
    stage: Stage, pair: Pair, collector: Collector
) -> None:
    owner, member = await stage.people("Olga", "Mia")
    group = await stage.group(owner, member)
    there = await stage.connect(member, url=pair.other.base_url)
    headers = {"authorization": f"Bearer {await owner.token()}"}
    headers["traceparent"] = f"00-{TRACE}-{SPAN}-01"
    async with httpx.AsyncClient(base_url=pair.one.base_url, headers=headers) as client:
        path = f"/v1/conversations/{group}/messages"
        (await client.post(path, json={"content": "by REST"})).raise_for_status()
    await there.reads("by REST")
    spans = of_send(collector, group, 4)
    (send,) = spans["message.send"]
    (request,) = spans["POST v1/conversations/<uuid:id>/messages"]
    assert (request.trace, request.parent, send.parent) == (TRACE, SPAN, request.id)
    assert request.attributes["http.response.status_code"] in (200, 201)
    (told,) = spans["message.deliver"]
    assert (told.process, told.parent) == (pair.other.process.pid, send.id)


async def test_a_refused_send_is_told_as_such(
    stage: Stage, pair: Pair, collector: Collector
) -> None:
    owner, outsider = await stage.people("Olga", "Otto")
    group = await stage.group(owner)
    client = await stage.connect(outsider, url=pair.one.base_url)
    with pytest.raises(Exception, match="not"):
        await client.chat.send(group, "let me in")
    (send,) = of_send(collector, group, 2)["message.send"]
    assert send.attributes["chat.result"] == "conversation_not_found"


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "chat"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_the_usual_variables_decide(variables: dict[str, str], wanted: bool) -> None:
    assert traces.is_wanted(variables) is wanted


def test_without_them_nothing_is_imported(data_dir: Path) -> None:
    own = ServerProcess(data_dir)
    for name in (*traces.ENDPOINTS, "SENTRY_DSN"):
        own.env.pop(name, None)
    ask = (
        "import sys, chatproject.asgi; "
        "print([it for it in ('opentelemetry.exporter', 'opentelemetry.sdk.trace', 'sentry_sdk')"
        " if it in sys.modules])"
    )
    try:
        assert own.manage("shell", "--no-imports", "-c", ask).strip() == "[]"
    finally:
        own.close()


def test_a_collector_that_is_away_delays_no_end(data_dir: Path) -> None:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    with ServerProcess(data_dir, env=env) as own:
        httpx.get(f"{own.base_url}/v1/users/me")
        assert own.stop() == 0
        assert "Traceback" not in own.tail()
