"""`/metrics` tells operators what happens, over all workers, and tells nobody else."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
import pytest
import websockets
import yaml
from prometheus_client import Counter, Histogram
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from attachments.metrics import read_bytes, read_counts
from chatproject.core import metrics
from chatproject.core.metrics import DatabaseGauge
from chatproject.environment import Environment
from chatproject.server import checks
from chatproject.server.metrics import worker_files
from chatproject.server.metrics.database_figures import DatabaseFigures
from chatproject.server.metrics.endpoint import MetricsEndpoint
from chatproject.server.metrics.task_gauges import read_oldest, read_tasks
from messaging.search.lag_gauges import read_changes, read_conversations
from tests.database import ROOT
from tests.redis_server import RedisServer
from tests.servers import ServerProcess
from tests.waiting import eventually

TOKEN = "a-token-for-the-tests-of-metrics"
PERSON = {"name": "Bea", "email": "bea@example.org", "password": "a-long-enough-one-7"}


def ask(server: ServerProcess, **headers: str) -> httpx.Response:
    return httpx.get(f"{server.base_url}/metrics", headers=headers, timeout=30)


def figures(server: ServerProcess) -> dict[str, float]:
    """By name and labels, as Prometheus writes them."""
    answer = ask(server, Authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200
    return {
        sample.name
        + "".join(f" {key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def send_some(server: ServerProcess, count: int) -> None:
    """A person registers, opens a socket, sends messages and a bad one, and closes it."""
    users = f"{server.base_url}/v1/users"
    person = {**PERSON, "email": f"{uuid4()}@example.org"}
    async with httpx.AsyncClient(timeout=30) as client:
        (await client.post(f"{users}/register", json=person)).raise_for_status()
        token = (await client.post(f"{users}/login", json=person)).json()["access"]
        headers = {"Authorization": f"Bearer {token}"}
        made = await client.post(
            f"{server.base_url}/v1/conversations",
            json={"name": "Weekend", "isGroup": True, "memberIds": []},
            headers=headers,
        )
        chat = made.json()["id"]
        await client.post(
            f"{server.base_url}/v1/conversations/{chat}/messages",
            json={"content": "By REST"},
            headers=headers,
        )
    async with websockets.connect(server.ws_url, additional_headers=headers) as socket:
        assert json.loads(await socket.recv())["type"] == "hello"
        await socket.send(json.dumps({"type": "sync", "ref": "sync", "conversations": {chat: 1}}))
        for number in range(count):
            frame = {"type": "message.send", "ref": number, "conversationId": chat, "content": "x"}
            await socket.send(json.dumps(frame))
        frame = {"type": "message.send", "conversationId": str(uuid4()), "content": "x"}
        await socket.send(json.dumps({**frame, "ref": "bad"}))
        answers: set[Any] = set()
        while len(answers) < count + 2:
            told = json.loads(await socket.recv())
            if told["type"] in ("ack", "error", "sync"):
                answers.add(told["ref"])


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("server")
    with ServerProcess(folder, env={"METRICS_TOKEN": TOKEN}) as process:
        yield process


def test_one_process_tells_everything(one: ServerProcess) -> None:
    asyncio.run(send_some(one, 20))
    told = figures(one)
    assert told["chat_sends_total via=socket"] == 21
    assert told["chat_acks_total result=stored via=socket"] == 20
    assert told["chat_acks_total result=conversation_not_found via=socket"] == 1
    assert told["chat_acks_total result=stored via=rest"] == 1
    assert told["chat_ack_seconds_count"] == 21
    assert told["chat_delivery_seconds_count"] == 20
    assert told["chat_flush_drafts_sum"] == 21
    assert told["chat_flush_seconds_count"] == told["chat_flush_drafts_count"] > 0
    assert told["chat_connects_total result=welcome"] == 1
    assert told["chat_resumes_total"] == 1
    assert told["chat_resets_total"] == 0
    assert told["chat_writer_queue"] == 0
    route = "route=v1/conversations/<uuid:id>/messages"
    sent = [name for name in told if "requests_total method=POST" in name and "messages" in name]
    assert sent == [f"chat_http_requests_total method=POST {route} status=200"], sent
    assert told[f"chat_http_request_seconds_count {route}"] == 1
    assert told["chat_database_pool_acquire_seconds_count"] > 0
    assert told["chat_database_pool_size"] >= told["chat_database_pool_used"] >= 0
    assert told["chat_database_pool_waiting"] == 0
    assert told["chat_database_gauges_failed"] == 0
    eventually(lambda: figures(one)["chat_sockets"] == 0)
    # The end of a socket is no refusal.
    assert connects(one) == {"welcome": 1}


def connects(server: ServerProcess) -> dict[str, float]:
    """By result."""
    name = "chat_connects_total result="
    found = figures(server).items()
    return {key.removeprefix(name): value for key, value in found if key.startswith(name)}


async def test_sockets_that_are_refused_or_break_off_are_told_apart(one: ServerProcess) -> None:
    before = connects(one)
    bad = {"Authorization": "Bearer none"}
    async with websockets.connect(one.ws_url, additional_headers=bad) as socket:
        assert json.loads(await socket.recv())["type"] == "error"
    async with websockets.connect(one.ws_url) as socket:
        socket.transport.abort()  # before it has said who it is
    users = f"{one.base_url}/v1/users"
    person = {**PERSON, "email": f"{uuid4()}@example.org"}
    async with httpx.AsyncClient(timeout=30) as client:
        (await client.post(f"{users}/register", json=person)).raise_for_status()
        token = (await client.post(f"{users}/login", json=person)).json()["access"]
    good = {"Authorization": f"Bearer {token}"}
    async with websockets.connect(one.ws_url, additional_headers=good) as socket:
        assert json.loads(await socket.recv())["type"] == "hello"
        socket.transport.abort()
    await asyncio.to_thread(eventually, lambda: figures(one)["chat_sockets"] == 0)
    new = {name: count - before.get(name, 0) for name, count in connects(one).items()}
    assert {name: count for name, count in new.items() if count} == {
        "invalid_token": 1,
        "welcome": 1,
    }


def names_told(server: ServerProcess) -> set[str]:
    text = ask(server, Authorization=f"Bearer {TOKEN}").text
    return set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))


def catalogue() -> set[str]:
    own = {
        metric._name + "_total" * isinstance(metric, Counter)
        for metric in vars(metrics).values()
        if hasattr(metric, "_name") and hasattr(metric, "_documentation")
    }
    return own | set(metrics.DATABASE_GAUGES)


def test_every_metric_of_the_catalogue_is_told(one: ServerProcess) -> None:
    assert catalogue() <= names_told(one)


def asked_for() -> Iterator[tuple[str, set[str]]]:
    """The metrics of the dashboard and the alerts, each with the labels that it is asked by."""
    rules = yaml.safe_load((ROOT / "docs/alerts.yml").read_text())["groups"]
    texts = [rule["expr"] for group in rules for rule in group["rules"]]
    dashboard = json.loads((ROOT / "docs/grafana.json").read_text())
    texts += [it["expr"] for panel in dashboard["panels"] for it in panel.get("targets", [])]
    for text in texts:
        for name, labels in re.findall(r"\b(chat_\w+)(?:\{([^}]*)\})?", text):
            yield name, set(re.findall(r"(\w+)\s*=", labels))


def test_the_dashboard_and_the_alerts_ask_for_what_is_told(one: ServerProcess) -> None:
    answer = ask(one, Authorization=f"Bearer {TOKEN}").text
    told = {it.name: it for it in text_string_to_metric_families(answer)}
    labels_of = {
        metric._name: set(metric._labelnames)
        for metric in vars(metrics).values()
        if hasattr(metric, "_labelnames") and hasattr(metric, "_name")
    } | {name: set(gauge.labels) for name, gauge in metrics.DATABASE_GAUGES.items()}
    shown = set()
    for name, labels in asked_for():
        family = re.sub(r"_(total|bucket|sum|count)$", "", name)
        family = family if family in told else name
        assert family in told, name
        assert labels - {"job", "instance"} <= labels_of.get(family, set()), name
        shown.add(family)
    # What nobody looks at is not worth its counting.
    assert set(labels_of) == shown - {"chat_database_gauges_failed"}


def test_a_route_that_is_not_there_is_one_label(one: ServerProcess) -> None:
    for number in range(3):
        httpx.get(f"{one.base_url}/v1/nothing-{number}")
    told = figures(one)
    assert told["chat_http_requests_total method=GET route=(none) status=404"] == 3
    assert not any("nothing" in name for name in told)


# -- who may


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}"],
)
def test_without_the_token_nothing_is_told(one: ServerProcess, header: str) -> None:
    answer = ask(one, Authorization=header)
    assert answer.status_code == 401
    assert "chat_" not in answer.text


def test_a_token_of_a_person_is_none(one: ServerProcess) -> None:
    users = f"{one.base_url}/v1/users"
    httpx.post(f"{users}/register", json=PERSON, timeout=30)
    token = httpx.post(f"{users}/login", json=PERSON, timeout=30).json()["access"]
    assert ask(one, Authorization=f"Bearer {token}").status_code == 401


def test_only_get(one: ServerProcess) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = httpx.post(f"{one.base_url}/metrics", headers=headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_closed_unless_a_setting_opens_it(server: ServerProcess) -> None:
    assert ask(server).status_code == 404
    assert ask(server, Authorization="Bearer").status_code == 404


async def status(peer: str, **headers: str) -> int:
    """Of a request from the address, without a token."""

    async def beyond(*_: Any) -> None:
        raise AssertionError("it is for the endpoint")

    scope = {
        "type": "http",
        "path": "/metrics",
        "method": "POST",  # so that an admitted one is refused as such, and nothing is collected
        "client": (peer, 1),
        "headers": [(name.replace("_", "-").encode(), it.encode()) for name, it in headers.items()],
    }
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    await MetricsEndpoint(beyond)(scope, receive, send)
    return int(sent[0]["status"])


ADMITTED, REFUSED = 405, 401


async def test_an_address_of_the_list(settings: Settings) -> None:
    settings.METRICS_ADDRESSES = ["10.1.0.0/16", "::1/128"]
    assert await status("10.1.2.3") == ADMITTED
    assert await status("::ffff:10.1.2.3") == ADMITTED
    assert await status("::1") == ADMITTED
    assert await status("10.2.2.3") == REFUSED
    assert await status("") == REFUSED


async def test_a_proxy_that_is_not_trusted_opens_nothing(settings: Settings) -> None:
    """Else whoever comes through it would have its address."""
    settings.METRICS_ADDRESSES, settings.TRUSTED_PROXIES = ["127.0.0.1/32"], []
    for header in ("forwarded", "x_forwarded_for", "x_real_ip", "via"):
        assert await status("127.0.0.1", **{header: "127.0.0.1"}) == REFUSED


FORWARDED = ("forwarded", "x_forwarded_for", "x_forwarded_proto", "x_real_ip", "via")


@pytest.mark.parametrize("header", [*FORWARDED, "cf_connecting_ip", "x_client_ip"])
async def test_what_came_through_a_trusted_proxy_has_no_listed_address(
    settings: Settings, header: str
) -> None:
    """The client is then what the proxy says, which may be what the client has said."""
    settings.METRICS_ADDRESSES, settings.TRUSTED_PROXIES = ["10.1.2.3/32"], ["127.0.0.1/32"]
    assert await status("10.1.2.3") == ADMITTED
    assert await status("10.1.2.3", **{header: "10.1.2.3"}) == REFUSED


def test_nobody_lies_their_way_in(data_dir: Path) -> None:
    """A real server behind a proxy that hands on what clients say of themselves."""
    env = {"METRICS_ADDRESSES": "10.9.8.7", "TRUSTED_PROXIES": "127.0.0.1"}
    with ServerProcess(data_dir, env=env) as own:
        for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
            assert ask(own, **{name: "10.9.8.7"}).status_code == 401


async def test_the_address_of_a_trusted_proxy_opens_nothing(settings: Settings) -> None:
    settings.METRICS_ADDRESSES = settings.TRUSTED_PROXIES = ["127.0.0.1/32"]
    assert await status("127.0.0.1") == REFUSED
    assert [it.id for it in checks.check_metrics(None)] == ["chat.W052"]
    settings.METRICS_ADDRESSES = ["10.0.0.1/32"]
    assert checks.check_metrics(None) == []


async def test_a_wrong_token_is_refused_from_a_listed_address(settings: Settings) -> None:
    settings.METRICS_TOKEN, settings.METRICS_ADDRESSES = TOKEN, ["10.1.2.3/32"]
    assert await status("10.1.2.3", authorization="Bearer wrong") == REFUSED
    assert await status("10.9.9.9", authorization=f"bearer {TOKEN}") == ADMITTED


@pytest.mark.parametrize(
    "token", ["guess-me", "with a space in the middle of it", "ünïcödé-is-no-header-value"]
)
def test_a_token_that_can_be_guessed_or_not_sent_is_refused(token: str) -> None:
    environment = Environment({"METRICS_TOKEN": token})
    assert environment.secret("METRICS_TOKEN", check="E051") == ""
    assert [problem.id for problem in environment.problems] == ["chat.E051"]
    assert token not in environment.problems[0].message


# -- over all workers


def test_all_workers_are_one(data_dir: Path, redis: RedisServer) -> None:
    """Whoever answers tells the sum, and what an ended worker has counted stays in it."""
    env = {"METRICS_TOKEN": TOKEN, "REDIS_URL": redis.url}
    own = ServerProcess(data_dir, env=env)
    own.spawn("serve", "--workers", "2")
    try:
        own.wait_until_ready()
        eventually(lambda: "Serving http" in own.tail())
        for _ in range(6):  # connections fall to one worker or the other
            asyncio.run(send_some(own, 5))
        eventually(lambda: figures(own).get("chat_acks_total result=stored via=socket") == 30)
        assert {figures(own)["chat_connects_total result=welcome"] for _ in range(6)} == {6}
        eventually(lambda: figures(own)["chat_bus_links"] == 2)
        told = {name for name in names_told(own) if name.startswith("chat_")}
        assert told - {"chat_database_gauges_failed"} <= catalogue() | {
            name.removesuffix("_total") for name in catalogue()
        }
        assert own.process is not None
        victim, other = psutil.Process(own.process.pid).children()
        victim.kill()
        eventually(lambda: f"worker {victim.pid} ended" in own.tail())
        eventually(lambda: figures(own)["chat_bus_links"] == 2, but=httpx.TransportError)
        assert figures(own)["chat_acks_total result=stored via=socket"] == 30
        names = {path.name for path in (data_dir / "metrics").iterdir()}
        assert not any(f"_{victim.pid}.db" in name for name in names)
        assert any(f"_{other.pid}.db" in name for name in names)
    finally:
        own.close()


def test_the_files_of_an_ended_worker_become_one(tmp_path: Path) -> None:
    from prometheus_client.mmap_dict import MmapedDict, mmap_key

    folder = worker_files.begin(tmp_path / "metrics")
    keys = {
        "counter": mmap_key("chat_sends", "chat_sends_total", ["via"], ["socket"], "Help."),
        "gauge_livesum": mmap_key("chat_sockets", "chat_sockets", [], [], "Help."),
    }
    for pid, count in ((1, 3.0), (2, 4.0), (3, 5.0)):
        for kind, key in keys.items():
            values = MmapedDict(str(folder / f"{kind}_{pid}.db"))
            values.write_value(key, count, 0.0)
            values.close()

    def total() -> float:
        families = worker_files.WorkerFiles(str(folder)).collect()
        return sum(s.value for it in families if it.type == "counter" for s in it.samples)

    assert total() == 12
    worker_files.retire(folder, 1)
    worker_files.retire(folder, 2)
    worker_files.retire(folder, 2)
    assert total() == 12
    names = sorted(path.name for path in folder.glob("*.db"))
    assert names == ["counter_3.db", "counter_ended.db", "gauge_livesum_3.db"]
    assert list(worker_files.begin(folder).iterdir()) == []


# -- what is counted


def test_a_tally_is_what_the_metric_would_be() -> None:
    plain = Histogram("plain", "x", buckets=(1, 2, 5), registry=None)
    folded = Histogram("folded", "x", buckets=(1, 2, 5), registry=None)
    tally = metrics.HistogramTally(folded)
    for value in (0, 0.5, 1, 1.5, 2, 4.9, 5, 5.1, 1e9):
        plain.observe(value)
        tally.observe(value)
    tally.fold()
    tally.fold()

    def values(histogram: Histogram) -> list[tuple[str, Any, float]]:
        (family,) = histogram.collect()
        rest = [s for s in family.samples if "created" not in s.name]
        return [(s.name.partition("_")[2], s.labels, s.value) for s in rest]

    assert values(folded) == values(plain)


@pytest.mark.django_db
def test_files_and_tasks_are_counted(django_user_model: Any) -> None:
    from attachments.models import Attachment
    from attachments.tasks import remove_objects

    person = django_user_model.objects.create_user(email="ann@example.org", name="Ann")
    for size in (10, 32):
        Attachment.objects.create(
            uploader=person, name="a.txt", content_type="text/plain", size=size, state="ready"
        )
    waiting = read_tasks()["todo",]
    remove_objects.defer(keys=[])
    assert (read_counts(), read_bytes()) == ({("ready",): 2}, {("ready",): 42})
    assert read_tasks() == {("todo",): waiting + 1, ("doing",): 0, ("failed",): 0}
    assert read_oldest().keys() == {("todo",), ("doing",)}
    assert read_oldest()["todo",] >= 0


@pytest.mark.django_db
def test_what_the_search_lacks_is_counted(django_user_model: Any) -> None:
    from conversations.models import Conversation
    from messaging.search.models import SearchCursor

    heads = {"level": (7, 7), "behind": (9, 4), "new": (3, None), "begun anew": (2, 50)}
    for head, cursor in heads.values():
        log = Conversation.objects.create(kind=Conversation.Kind.GROUP, last_rev=head)
        if cursor is not None:
            SearchCursor.objects.create(conversation_id=log.pk, rev=cursor)
    assert read_conversations() == {(): 3}
    assert read_changes() == {(): 5 + 3 + 2}


@pytest.mark.django_db
def test_a_gauge_that_cannot_be_read_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Any:
        raise ConnectionError("away")

    def read() -> Any:
        return {("a",): 1.0}

    gauges = {
        "bad": DatabaseGauge("bad", "x", [], fail),
        "good": DatabaseGauge("good", "x", ["of"], read),
    }
    module = "chatproject.server.metrics.database_figures"
    monkeypatch.setattr(f"{module}.DATABASE_GAUGES", gauges)
    monkeypatch.setattr(
        f"{module}.connection", type("C", (), {"close": staticmethod(lambda: None)})
    )
    told = {it.name: [s.value for s in it.samples] for it in DatabaseFigures().collect()}
    assert told == {"good": [1.0], "chat_database_gauges_failed": [1.0]}
