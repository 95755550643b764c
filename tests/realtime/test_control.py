"""Every process carries out a command; what the layer loses, it reports as a gap."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer
from channels_redis.core import RedisChannelLayer

from chatproject.configuration import channel_layers
from chatproject.realtime import control
from chatproject.realtime.control import Command, layer
from chatproject.realtime.control.layer import (
    GROUP,
    MAX_BATCH,
    ControlPlane,
    ControlSender,
    OutsideSender,
)
from tests.redis_server import RedisServer


class Process:
    """The control plane of one process, and what it carried out."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.done: list[tuple[str, Mapping[str, Any]]] = []
        self.gaps = 0
        self.plane = ControlPlane(layer, self._on_gap)
        self._news = asyncio.Event()
        for kind in ("one", "other"):
            self.plane.on(kind, lambda fields, kind=kind: self._carry_out(kind, fields))

    def _carry_out(self, kind: str, fields: Mapping[str, Any]) -> None:
        self.done.append((kind, fields))
        self._news.set()

    def _on_gap(self) -> None:
        self.gaps += 1
        self._news.set()

    async def until(self, holds: Any) -> None:
        async with asyncio.timeout(60):
            while not holds():
                self._news.clear()
                await self._news.wait()


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


def redis_layer(redis: RedisServer) -> RedisChannelLayer:
    """As the settings make it, for another Redis."""
    return RedisChannelLayer(**channel_layers.redis_layer([redis.url])["CONFIG"])


@pytest.fixture(params=["memory", "redis"])
async def pair(request: pytest.FixtureRequest, redis: RedisServer) -> AsyncIterator[list[Process]]:
    """Two processes; those in memory share one layer, those over Redis have one each."""
    if request.param == "memory":
        layers: list[Any] = [InMemoryChannelLayer()] * 2
    else:
        layers = [redis_layer(redis), redis_layer(redis)]
    processes = [Process(layer) for layer in layers]
    for process in processes:
        await process.plane.start()
    yield processes
    for process in processes:
        await process.plane.stop()


async def test_a_command_is_carried_out_everywhere_once(pair: list[Process]) -> None:
    one, other = pair
    one.plane.send([Command("one", {"n": 1}), Command("other", {"n": 2})])
    for process in pair:
        await process.until(lambda at=process: len(at.done) == 2)
    other.plane.send([Command("one", {"n": 3})])
    for process in pair:
        await process.until(lambda at=process: len(at.done) == 3)
        assert process.done == [("one", {"n": 1}), ("other", {"n": 2}), ("one", {"n": 3})]
        assert process.gaps == 0


async def test_many_commands_at_once_all_arrive(pair: list[Process]) -> None:
    """The layer drops silently what exceeds its capacity: a thousand commands are few messages."""
    one, other = pair
    for n in range(MAX_BATCH * 10):
        one.plane.send([Command("one", {"n": n})])
    await other.until(lambda: len(other.done) == MAX_BATCH * 10)
    assert [fields["n"] for _, fields in other.done] == list(range(MAX_BATCH * 10))


async def test_a_command_that_fails_or_is_unknown_holds_nothing_up(
    pair: list[Process], caplog: pytest.LogCaptureFixture
) -> None:
    one, other = pair

    def fail(fields: Mapping[str, Any]) -> None:
        raise RuntimeError("no")

    other.plane.on("failing", fail)
    with caplog.at_level(logging.WARNING):
        one.plane.send([Command("failing", {}), Command("of tomorrow", {}), Command("one", {})])
        await other.until(lambda: other.done)
    assert other.done == [("one", {})]
    assert "of tomorrow" in caplog.text


async def test_a_stopped_process_hears_nothing(pair: list[Process]) -> None:
    one, other = pair
    await other.plane.stop()
    one.plane.send([Command("one", {})])
    await one.until(lambda: one.done)
    assert other.done == []


async def test_a_redis_that_was_away_is_a_gap(redis: RedisServer) -> None:
    one, other = Process(redis_layer(redis)), Process(redis_layer(redis))
    for process in (one, other):
        await process.plane.start()
    try:
        redis.stop()
        one.plane.send([Command("one", {"n": 1})])
        await one.until(lambda: one.done)  # at home it is carried out all the same
        redis.start()
        await other.until(lambda: other.gaps)
        await one.until(lambda: one.gaps)
        one.plane.send([Command("one", {"n": 2})])
        await other.until(lambda: ("one", {"n": 2}) in other.done)
    finally:
        for process in (one, other):
            await process.plane.stop()


async def test_a_process_that_redis_has_forgotten_enters_again(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer, "REJOIN_SECONDS", 0.05)
    process = Process(redis_layer(redis))
    await process.plane.start()
    sender = ControlSender(redis_layer(redis))
    try:
        with redis.client() as client:
            client.flushall()
        async with asyncio.timeout(30):
            while not process.done:
                sender.send([Command("one", {})])
                await sender.drain()
                await asyncio.sleep(0.02)
    finally:
        await process.plane.stop()


async def test_idle_receivers_outlive_the_librarys_socket_timeout(redis: RedisServer) -> None:
    """redis-py gives up a socket after 5 s, as long as the layer waits for a message."""
    made = redis_layer(redis)
    assert made.hosts[0]["socket_timeout"] > made.brpop_timeout * 2
    assert made.hosts[0]["max_connections"] > 100
    assert made.capacity > 100
    assert made.group_expiry > 10 * layer.REJOIN_SECONDS


async def test_a_process_that_serves_nothing_sends_too(redis: RedisServer) -> None:
    process = Process(redis_layer(redis))
    await process.plane.start()
    outside = OutsideSender(redis_layer(redis))
    try:
        await asyncio.to_thread(outside.send, [Command("one", {"n": 1})])
        await process.until(lambda: process.done)
        await asyncio.to_thread(outside.drain)
    finally:
        await process.plane.stop()
        outside._loop.call_soon_threadsafe(outside._loop.stop)


def test_without_redis_nothing_is_sent_from_outside() -> None:
    assert control.find_outlet() is None
    control.send("one", n=1)
    assert layer._outside is None


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, float("nan"), object()])
def test_fields_that_are_not_json_are_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        control.send("one", n=value)


def test_the_group_is_named_as_the_layer_allows() -> None:
    assert InMemoryChannelLayer().require_valid_group_name(GROUP)
