"""One who asks much cannot take the others' turns: shares of the request threads."""

import asyncio
import re
import threading
from collections.abc import Callable, Hashable
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse

from accounts.auth.requester import requester_of
from accounts.auth.tokens import AccessToken
from chatproject.core.api import schema_view
from chatproject.server import health
from chatproject.server.fair_share import FairShare, TooManyInFlight
from chatproject.server.request_threads import (
    RUNNING_EACH,
    RUNNING_EACH_ADDRESS,
    WAITING_EACH,
    WAITING_EACH_ADDRESS,
    Shares,
    ThreadedHandler,
)
from chatproject.server.slow_lane import SlowLane
from messaging.ws.frame_shares import FrameShares
from tests.cast import api

LANE_WAITING = 8


async def test_a_key_has_so_many_places_and_the_rest_of_its_requests_wait_in_order() -> None:
    share, end, done = FairShare(running=2, waiting=3), asyncio.Event(), []

    async def hold(name: int) -> None:
        async with share.of("ann"):
            done.append(name)
            await end.wait()

    holders = [asyncio.create_task(hold(name)) for name in range(5)]
    await asyncio.sleep(0)
    assert done == [0, 1]
    with pytest.raises(TooManyInFlight):
        await hold(5)
    async with share.of("bob"):  # another key is not concerned
        pass
    end.set()
    await asyncio.gather(*holders)
    assert done == [0, 1, 2, 3, 4]
    assert not len(share)


async def test_who_gives_up_waiting_takes_nobody_s_place() -> None:
    share, end = FairShare(running=1, waiting=5), asyncio.Event()

    async def hold() -> None:
        async with share.of("ann"):
            await end.wait()

    holders = [asyncio.create_task(hold()) for _ in range(4)]
    await asyncio.sleep(0)
    holders[1].cancel()
    holders[2].cancel()
    end.set()
    await asyncio.gather(*holders, return_exceptions=True)
    assert not len(share)
    async with share.of("ann"):
        pass


async def test_a_place_given_in_the_moment_of_giving_up_goes_to_the_next() -> None:
    share = FairShare(running=1, waiting=5)
    first, entered = asyncio.Event(), asyncio.Event()

    async def hold(until: asyncio.Event, at: asyncio.Event | None = None) -> None:
        async with share.of("ann"):
            if at:
                at.set()
            await until.wait()

    holder = asyncio.create_task(hold(first))
    await asyncio.sleep(0)
    gives_up = asyncio.create_task(hold(asyncio.Event()))
    last = asyncio.create_task(hold(first, entered))
    await asyncio.sleep(0)
    first.set()
    await holder  # the place is passed on to who gives up
    gives_up.cancel()
    async with asyncio.timeout(5):
        await entered.wait()
    await last
    assert not len(share)


class Requests:
    """A handler whose requests last until they are let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ThreadedHandler, "load_middleware", lambda *args, **kwargs: None)
        self.syncs = FairShare(running=1, waiting=1_000)
        shares = Shares(lambda scope: scope["who"], lambda scope: scope["where"])
        self.handler = ThreadedHandler(
            shares,
            lane=SlowLane(re.compile("/login"), {"POST"}, running=2, waiting=LANE_WAITING),
            one_at_a_time={"/v1/sync": self.syncs},
        )
        self.handler._respond = self._respond  # type: ignore[method-assign]
        self.let_go, self.running, self.most = threading.Event(), [], 0
        self.threads: set[str] = set()

    def _respond(self, scope: Any, body: Any) -> HttpResponse:
        self.running.append(scope["who"])
        self.most = max(self.most, self.running.count(scope["who"]))
        self.threads.add(threading.current_thread().name.split("_")[0])
        self.let_go.wait(20)
        self.running.remove(scope["who"])
        response: Any = HttpResponse(status=204)
        response.route = "v1/x"
        return response

    async def ask(
        self, who: Hashable, path: str = "/v1/x", method: str = "GET", where: str = "home"
    ) -> int:
        statuses: list[int] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            if "status" in message:
                statuses.append(message["status"])

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "who": who,
            "where": where,
            "headers": [],
        }
        await self.handler(scope, receive, send)
        return statuses[0]


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Requests:
    settings.RATE_LIMITS = True
    return Requests(monkeypatch)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 (what holds is set by threads)
            await asyncio.sleep(0.01)


async def test_a_person_s_many_requests_leave_threads_for_the_others(requests: Requests) -> None:
    crowd = [asyncio.create_task(requests.ask("mallory")) for _ in range(60)]
    await until(lambda: len(requests.running) == RUNNING_EACH)

    other = asyncio.create_task(requests.ask("ann"))
    await until(lambda: "ann" in requests.running)

    requests.let_go.set()
    assert await other == 204
    assert set(await asyncio.gather(*crowd)) == {204}
    assert requests.most == RUNNING_EACH


async def test_what_no_thread_will_take_soon_is_refused(requests: Requests) -> None:
    most = RUNNING_EACH + WAITING_EACH
    crowd = [asyncio.create_task(requests.ask("mallory")) for _ in range(most + 5)]
    await until(lambda: sum(task.done() for task in crowd) == 5)

    requests.let_go.set()
    assert sorted(await asyncio.gather(*crowd)) == [204] * most + [429] * 5


async def test_so_has_an_address_however_many_people_come_from_it(requests: Requests) -> None:
    most = RUNNING_EACH_ADDRESS + WAITING_EACH_ADDRESS
    crowd = [asyncio.create_task(requests.ask(f"who-{n}", where="a")) for n in range(most + 5)]
    await until(lambda: sum(task.done() for task in crowd) == 5)
    other = asyncio.create_task(requests.ask("ann", where="b"))
    await until(lambda: "ann" in requests.running)

    requests.let_go.set()
    assert await other == 204
    assert sorted(await asyncio.gather(*crowd)) == [204] * most + [429] * 5


async def test_one_sync_of_a_person_runs_at_a_time(requests: Requests) -> None:
    syncs = [asyncio.create_task(requests.ask("mallory", "/v1/sync", "POST")) for _ in range(20)]
    await until(lambda: len(requests.running) == 1)
    plain = asyncio.create_task(requests.ask("mallory"))
    await until(lambda: len(requests.running) == 2)

    requests.let_go.set()
    answers = await asyncio.gather(*syncs)
    assert await plain == 204
    assert answers.count(204) == 11
    assert answers.count(429) == 9


async def test_a_sync_waits_for_the_one_that_a_socket_of_the_person_has(
    requests: Requests,
) -> None:
    mallory = uuid4()
    person = requester_of(scope_of(f"Bearer {token_of(mallory)}"))
    requests.let_go.set()
    async with FrameShares(requests.syncs).one_sync(mallory):
        waiting = asyncio.create_task(requests.ask(person, "/v1/sync", "POST"))
        assert await requests.ask(uuid4(), "/v1/sync", "POST") == 204
        assert await requests.ask(person) == 204
        assert not waiting.done()
    assert await waiting == 204


async def test_log_ins_have_threads_of_their_own_and_a_short_queue(requests: Requests) -> None:
    crowd = [
        asyncio.create_task(requests.ask(f"who-{n}", "/login", "POST", where=f"place-{n}"))
        for n in range(LANE_WAITING + 3)
    ]
    await until(lambda: sum(task.done() for task in crowd) == 3)
    assert requests.threads == {"lane"}

    plain = asyncio.create_task(requests.ask("ann"))
    await until(lambda: "ann" in requests.running)

    requests.let_go.set()
    assert await plain == 204
    assert sorted(await asyncio.gather(*crowd)) == [204] * LANE_WAITING + [503] * 3


async def test_log_ins_of_one_address_leave_room_for_another_s(requests: Requests) -> None:
    here = [
        asyncio.create_task(requests.ask(f"x{n}", "/login", "POST", where="a")) for n in range(8)
    ]
    await until(lambda: sum(task.done() for task in here) == 2)

    there = asyncio.create_task(requests.ask("y", "/login", "POST", where="b"))
    await asyncio.sleep(0.05)

    requests.let_go.set()
    assert await there == 204
    assert sorted(await asyncio.gather(*here)) == [204] * 6 + [429] * 2


def scope_of(authorization: str = "", cookie: str = "", address: str = "203.0.113.7") -> Any:
    pairs = [(b"authorization", authorization.encode()), (b"cookie", cookie.encode())]
    return {"client": (address, 5000), "headers": pairs}


def token_of(user_id: Any, **claims: Any) -> str:
    token = AccessToken()
    token["sub"], token["sid"] = str(user_id), str(uuid4())
    for name, value in claims.items():
        token[name] = value
    return str(token)


def test_all_tokens_of_a_person_are_one_share_and_forged_ones_none() -> None:
    ann = uuid4()
    assert requester_of(scope_of(f"Bearer {token_of(ann)}")) == ann
    assert requester_of(scope_of(f"Bearer {token_of(ann, exp=1)}")) == ann
    forged = token_of(ann)[:-3] + "AAA"
    assert requester_of(scope_of(f"Bearer {forged}")) == "203.0.113.7"
    assert requester_of(scope_of("Bearer nonsense")) == "203.0.113.7"


def test_who_is_not_signed_in_shares_with_the_same_address() -> None:
    assert requester_of(scope_of(cookie="sessionid=abc")) == "abc"
    assert requester_of(scope_of()) == "203.0.113.7"
    line = requester_of(scope_of(address="2001:db8:1:2::7"))
    assert line == requester_of(scope_of(address="2001:db8:1:2:ffff::1"))


# -- what anybody may ask for


@pytest.mark.django_db
def test_the_schema_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    make = schema_view.SchemaView.generator_class.get_schema
    monkeypatch.setattr(schema_view, "_rendered", {})
    monkeypatch.setattr(
        schema_view.SchemaView.generator_class,
        "get_schema",
        lambda *args, **kwargs: made.append(1) or make(*args, **kwargs),
    )
    told = [api().get("/v1/schema", {"n": n, "lang": "de"}, format="json") for n in range(3)]
    assert {answer.status_code for answer in told} == {200}
    assert b"openapi" in told[-1].content
    assert len(made) == 1


async def test_who_asks_for_readiness_at_once_is_answered_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    async def ready() -> health.Answer:
        asked.append(1)
        await asyncio.sleep(0.01)
        return 200, {"status": "ok"}

    async def nothing(*_: Any) -> None:
        pass

    monkeypatch.setattr(health, "ready", ready)
    probes = health.HealthProbes(nothing, begin=nothing)
    scope = {"type": "http", "path": "/readyz"}
    await asyncio.gather(*(probes(scope, nothing, nothing) for _ in range(50)))
    assert len(asked) == 1
    await probes(scope, nothing, nothing)
    assert len(asked) == 2
