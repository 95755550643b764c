"""What every bus does, shown on the one in memory and on the one over a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from chatproject.realtime.bus import Bus, BusAway, Publication, redis_connection
from chatproject.realtime.bus import redis as redis_bus
from chatproject.realtime.bus.memory import MemoryBus
from chatproject.realtime.bus.redis import REPEATABLE_SECONDS, RedisBus
from chatproject.realtime.bus.spread import SpreadBus
from chatproject.realtime.redis_servers import server_for, servers_of
from tests.redis_server import RedisServer

END = Publication("user:end", b"end")


class Listener:
    """What a bus delivered, in order, and how many gaps it reported."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.heard: list[Publication] = []
        self.gaps = 0
        self._news = asyncio.Event()

    async def start(self) -> None:
        await self.bus.start(self._deliver, self._on_gap)
        await self.bus.subscribe([END.topic])

    def _deliver(self, publications: Any) -> None:
        self.heard.extend(publications)
        self._news.set()

    def _on_gap(self) -> None:
        self.gaps += 1
        self._news.set()

    async def until(self, holds: Any) -> None:
        async with asyncio.timeout(20):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def all_from(self, publisher: Bus) -> list[Publication]:
        """Everything up to now, which is everything when `publisher`'s end has come."""
        publisher.publish([END])
        await self.until(lambda: END in self.heard)
        heard = [item for item in self.heard if item != END]
        self.heard.clear()
        return heard


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="module")
def three() -> Iterator[list[RedisServer]]:
    with RedisServer() as one, RedisServer() as two, RedisServer() as three:
        yield [one, two, three]


@pytest.fixture(params=["memory", "redis", "three"])
def make_bus(request: pytest.FixtureRequest) -> Any:
    if request.param == "memory":
        return MemoryBus
    if request.param == "three":
        servers: list[RedisServer] = request.getfixturevalue("three")
        return lambda: SpreadBus([each.url for each in servers])
    server: RedisServer = request.getfixturevalue("redis")
    return lambda: RedisBus(server.url)


@pytest.fixture
async def here(make_bus: Any) -> AsyncIterator[Listener]:
    listener = Listener(make_bus())
    await listener.start()
    yield listener
    await listener.bus.stop()


@pytest.fixture
async def pair(redis: RedisServer) -> AsyncIterator[tuple[Listener, Listener]]:
    """Two processes, so to speak."""
    both = Listener(RedisBus(redis.url)), Listener(RedisBus(redis.url))
    for listener in both:
        await listener.start()
    yield both
    for listener in both:
        await listener.bus.stop()


def item(topic: str = "conversation:a", frame: bytes = b"{}", rev: int = 1) -> Publication:
    return Publication(topic, frame, seq=rev + 10, rev=rev, member_rev=rev + 20)


# -- every bus


async def test_what_is_listened_to_arrives_as_it_was(here: Listener) -> None:
    await here.bus.subscribe(["conversation:a"])
    one, two = item(frame="{ü}".encode()), item(rev=2)
    here.bus.publish([one, two])
    assert await here.all_from(here.bus) == [one, two]


async def test_what_is_not_listened_to_does_not_arrive(here: Listener) -> None:
    here.bus.publish([item()])
    assert await here.all_from(here.bus) == []


async def test_local_sockets_get_theirs_before_publish_returns(here: Listener) -> None:
    await here.bus.subscribe(["conversation:a"])
    here.bus.publish([item()])
    assert here.heard == [item()]


async def test_subscriptions_are_counted(here: Listener) -> None:
    await here.bus.subscribe(["conversation:a", "conversation:b"])
    await here.bus.subscribe(["conversation:a"])
    await here.bus.unsubscribe(["conversation:a"])
    here.bus.publish([item()])
    assert await here.all_from(here.bus) == [item()]
    await here.bus.unsubscribe(["conversation:a"])
    here.bus.publish([item(), item("conversation:b")])
    assert await here.all_from(here.bus) == [item("conversation:b")]


async def test_unsubscribing_twice_leaves_no_debt(here: Listener) -> None:
    await here.bus.unsubscribe(["conversation:a"])
    await here.bus.subscribe(["conversation:a"])
    here.bus.publish([item()])
    assert await here.all_from(here.bus) == [item()]


async def test_ping_answers_while_it_is_started(make_bus: Any) -> None:
    bus = make_bus()
    with pytest.raises(ConnectionError):
        await bus.ping()
    await bus.start(lambda _: None, lambda: None)
    await bus.ping()
    await bus.stop()
    with pytest.raises(ConnectionError):
        await bus.ping()


async def test_nothing_is_delivered_after_the_stop(here: Listener) -> None:
    await here.bus.subscribe(["conversation:a"])
    await here.bus.stop()
    here.bus.publish([item()])
    assert here.heard == []


# -- between processes


async def test_what_one_publishes_the_other_hears_once_and_whole(
    pair: tuple[Listener, Listener],
) -> None:
    one, other = pair
    for listener in pair:
        await listener.bus.subscribe(["conversation:a", "conversation:b"])
    flush = [item(frame=b"x" * 100_000, rev=1), item("conversation:b"), item(rev=2)]
    one.bus.publish(flush)
    heard = await other.all_from(one.bus)
    assert [it for it in heard if it.topic == "conversation:a"] == [flush[0], flush[2]]
    assert [it for it in heard if it.topic == "conversation:b"] == [flush[1]]
    assert await one.all_from(other.bus) == flush


async def test_a_process_gets_only_what_its_sockets_listen_to(
    pair: tuple[Listener, Listener], redis: RedisServer
) -> None:
    one, other = pair
    await other.bus.subscribe(["conversation:x1", "conversation:x2"])
    assert redis.listened("conversation:x") == ["chat3:conversation:x1", "chat3:conversation:x2"]
    await other.bus.subscribe(["conversation:x1"])
    await other.bus.unsubscribe(["conversation:x1", "conversation:x2"])
    one.bus.publish([item("conversation:x1"), item("conversation:x2")])
    assert await other.all_from(one.bus) == [item("conversation:x1")]
    await other.bus.unsubscribe(["conversation:x1"])
    await other.bus.ping()
    assert redis.listened("conversation:x") == []


async def test_a_flush_is_one_publish_for_each_conversation(
    pair: tuple[Listener, Listener], redis: RedisServer
) -> None:
    before = redis.published()
    pair[0].bus.publish([item(rev=rev) for rev in range(1, 101)] + [item("conversation:b")])
    await pair[0].bus.ping()
    assert redis.published() - before == 2


async def test_what_makes_no_sense_is_passed_over(
    pair: tuple[Listener, Listener], redis: RedisServer
) -> None:
    one, other = pair
    await other.bus.subscribe(["conversation:a"])
    with redis.client() as client:
        for nonsense in (b"", b"?" * 20, b"?" * 50):
            client.publish("chat3:conversation:a", nonsense)
    one.bus.publish([item()])
    assert item() in await other.all_from(one.bus)


# -- Redis goes and comes


async def test_a_cut_is_reported_to_all_who_then_hear_again(redis: RedisServer) -> None:
    one, other = Listener(RedisBus(redis.url)), Listener(RedisBus(redis.url))
    for listener in (one, other):
        await listener.start()
        await listener.bus.subscribe(["conversation:a"])
    assert (one.gaps, other.gaps) == (0, 0)
    redis.drop_connections()
    for listener in (one, other):
        await listener.until(lambda at=listener: at.gaps >= 1)
    one.bus.publish([item()])
    await other.until(lambda: item() in other.heard)
    for listener in (one, other):
        await listener.bus.stop()


async def test_many_subscriptions_are_taken_up_again_in_parts(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_bus, "CHUNK", 100)
    monkeypatch.setattr(redis_connection, "MAX_UNSENT_BYTES", 50_000)
    listener = Listener(RedisBus(redis.url))
    await listener.start()
    for start in range(0, 3_000, 100):
        await listener.bus.subscribe([f"many:{n}" for n in range(start, start + 100)])
    redis.drop_connections()
    await listener.until(lambda: listener.gaps == 1)
    assert len(redis.listened("many:")) == 3_000
    await listener.bus.stop()


async def test_who_was_cut_off_alone_reports_it_to_the_others(redis: RedisServer) -> None:
    one, other = Listener(RedisBus(redis.url)), Listener(RedisBus(redis.url))
    for listener in (one, other):
        await listener.start()
    one.bus._link.give_up()  # type: ignore[attr-defined]
    one.bus.publish([item()])  # which nobody hears
    await other.until(lambda: other.gaps == 1)
    await one.until(lambda: one.gaps == 1)
    for listener in (one, other):
        await listener.bus.stop()


async def test_without_redis_a_process_serves_its_own() -> None:
    with RedisServer() as server:
        listener = Listener(RedisBus(server.url))
        await listener.start()
        server.stop()
        await listener.bus.subscribe(["conversation:a"])
        listener.bus.publish([item()])
        assert listener.heard == [item()]
        server.start()
        await listener.until(lambda: listener.gaps == 1)
        assert "chat3:conversation:a" in server.listened()
        await listener.bus.ping()
        await listener.bus.stop()


async def test_starts_while_redis_is_away_and_finds_it_later() -> None:
    server = RedisServer()
    listener = Listener(RedisBus(server.url))
    await listener.start()
    with pytest.raises(BusAway):
        await listener.bus.ping()
    with server:
        await listener.until(lambda: listener.gaps == 1)
        await listener.bus.ping()
    await listener.bus.stop()


async def test_a_frozen_redis_holds_nobody_up() -> None:
    with RedisServer() as server:
        listener = Listener(RedisBus(server.url))
        await listener.start()
        server.freeze()
        await listener.bus.subscribe(["conversation:a"])
        for rev in range(200):
            listener.bus.publish([item(frame=b"x" * 100_000, rev=rev)])
        assert len(listener.heard) == 200
        assert listener.bus._link is None or listener.bus._link.lost.done()  # type: ignore[attr-defined]
        server.thaw()
        await listener.until(lambda: listener.gaps >= 1)
        await listener.bus.stop()


async def test_wrong_password_is_no_link_and_no_end() -> None:
    with RedisServer() as server:
        bus = RedisBus(server.url.replace("//", "//someone:wrong@"))
        await bus.start(lambda _: None, lambda: None)
        await bus.subscribe(["conversation:a"])
        bus.publish([item()])
        await bus.stop()


async def test_what_no_query_finds_is_published_again_after_a_cut(redis: RedisServer) -> None:
    one, other = Listener(RedisBus(redis.url)), Listener(RedisBus(redis.url))
    state = Publication("user:ann", b"state", is_repeatable=True)
    for listener in (one, other):
        await listener.start()
        await listener.bus.subscribe([state.topic])
    try:
        redis.stop()
        try:
            while one.bus._link is not None:  # noqa: ASYNC110 (the loss of a link tells nobody)
                await asyncio.sleep(0.01)
            one.bus.publish([state, item("user:ann", rev=0)])
        finally:
            redis.start()
        await other.until(lambda: any(it.frame == b"state" for it in other.heard))
        assert [it.frame for it in other.heard] == [b"state"]  # the other one is not repeatable
        assert [it.frame for it in one.heard].count(b"state") == 1  # those at home had it at once
    finally:
        for listener in (one, other):
            await listener.bus.stop()


async def test_what_was_published_long_before_a_gap_is_not_repeated(redis: RedisServer) -> None:
    bus = RedisBus(redis.url)
    await bus.start(lambda _: None, lambda: None)
    try:
        bus.publish([Publication("user:ann", b"old", is_repeatable=True)])
        ((at, publication),) = bus._repeatable
        bus._repeatable[0] = (at - REPEATABLE_SECONDS - 1, publication)
        bus.publish([Publication("user:ann", b"new", is_repeatable=True)])
        assert [it.frame for _, it in bus._repeatable] == [b"new"]
    finally:
        await bus.stop()


# -- several Redis servers


TOPICS = [f"conversation:{number}" for number in range(60)]


@pytest.fixture
async def spread(three: list[RedisServer]) -> AsyncIterator[tuple[Listener, Listener]]:
    """Two processes on three servers, each given them in an order of its own."""
    urls = [each.url for each in three]
    orders = (urls, urls[::-1])
    both = tuple(Listener(SpreadBus(servers_of(",".join(order)))) for order in orders)
    for listener in both:
        await listener.start()
    yield both[0], both[1]
    for listener in both:
        await listener.bus.stop()


async def test_topics_are_spread_over_the_servers_and_processes_agree(
    spread: tuple[Listener, Listener], three: list[RedisServer]
) -> None:
    one, other = spread
    await other.bus.subscribe(TOPICS)

    assert all(len(server.listened("conversation:")) > 5 for server in three)
    assert sum(len(server.listened("conversation:")) for server in three) == len(TOPICS)
    one.bus.publish([item(topic) for topic in TOPICS])
    await other.until(lambda: len(other.heard) == len(TOPICS))
    assert sorted(each.topic for each in other.heard) == sorted(TOPICS)


async def until_away(bus: Bus) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                await bus.ping()
            except BusAway:
                return
            await asyncio.sleep(0.05)


async def test_while_one_server_is_away_the_topics_of_the_others_go_on(
    spread: tuple[Listener, Listener], three: list[RedisServer]
) -> None:
    one, other = spread
    await other.bus.subscribe(TOPICS)
    away = servers_of(",".join(each.url for each in three))[0]
    (server,) = (each for each in three if each.url == away)
    server.stop()
    try:
        await until_away(one.bus)
        there = [topic for topic in TOPICS if server_for(topic, 3) != 0]
        one.bus.publish([item(topic) for topic in TOPICS])
        await other.until(lambda: {each.topic for each in other.heard} >= set(there))
        assert {each.topic for each in other.heard} == set(there)
    finally:
        server.start()
    await other.until(lambda: other.gaps > 0)


def test_the_order_of_servers_and_their_passwords_do_not_matter() -> None:
    one = servers_of("redis://:old@b:6379/0, redis://a:6379/0,redis://a:6379/0")
    other = servers_of("redis://a:6379/0,redis://:new@b:6379/0")
    assert one == ["redis://a:6379/0", "redis://:old@b:6379/0"]
    assert other == ["redis://a:6379/0", "redis://:new@b:6379/0"]
    assert servers_of("") == []
