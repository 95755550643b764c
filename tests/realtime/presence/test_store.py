"""What every presence store does, shown on the one in memory and on the one in a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chatproject.realtime.presence.memory import MemoryStore, Records
from chatproject.realtime.presence.redis import SLICE, RedisStore
from chatproject.realtime.presence.spread import SpreadStore
from chatproject.realtime.presence.store import NOT_HERE, State, Status, Store
from tests.redis_server import RedisServer

ONLINE, AWAY, OFFLINE = Status.ONLINE, Status.AWAY, Status.OFFLINE
LONG, SHORT = 60.0, 0.05  # seconds that an entry holds
MakeStore = Callable[..., Store]


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="module")
def three() -> Iterator[list[RedisServer]]:
    with RedisServer() as one, RedisServer() as two, RedisServer() as three:
        yield [one, two, three]


@pytest.fixture(params=["memory", "redis", "three"])
async def make_store(request: pytest.FixtureRequest) -> AsyncIterator[MakeStore]:
    """`make_store(ttl=…)` is the store of another process each time, all over the same."""
    records: Records = {}
    made: list[Store] = []

    def make(*, ttl: float = LONG) -> Store:
        process = uuid4().hex
        if request.param == "memory":
            made.append(MemoryStore(process, ttl=ttl, records=records))
        elif request.param == "three":
            servers: list[RedisServer] = request.getfixturevalue("three")
            made.append(SpreadStore([each.url for each in servers], process, ttl=ttl))
        else:
            server: RedisServer = request.getfixturevalue("redis")
            made.append(RedisStore(server.url, process, ttl=ttl))
        return made[-1]

    yield make
    for store in made:
        await store.close()


async def status(store: Store, person: UUID) -> Status:
    return (await store.states([person]))[person].status


async def until(check: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not await check():  # noqa: ASYNC110 (it is the store that is asked)
            await asyncio.sleep(0.01)


async def test_nobody_is_here_before_it_is_said(make_store: MakeStore) -> None:
    person = uuid4()
    assert await make_store().states([person]) == {person: NOT_HERE}


async def test_who_is_here_is_seen_from_every_process(make_store: MakeStore) -> None:
    one, other, ann, bob = make_store(), make_store(), uuid4(), uuid4()
    await one.here({ann: ONLINE, bob: AWAY})
    for store in (one, other):
        assert await store.states([ann, bob]) == {ann: State(ONLINE), bob: State(AWAY)}


async def test_a_status_is_replaced(make_store: MakeStore) -> None:
    store, ann = make_store(), uuid4()
    await store.here({ann: ONLINE})
    await store.here({ann: AWAY})
    assert await status(store, ann) is AWAY


async def test_of_two_processes_the_one_counts_where_they_are_most_there(
    make_store: MakeStore,
) -> None:
    one, other, ann = make_store(), make_store(), uuid4()
    await one.here({ann: AWAY})
    await other.here({ann: ONLINE})
    assert await status(one, ann) is ONLINE
    await other.here({ann: AWAY})
    assert await status(one, ann) is AWAY


async def test_who_goes_from_one_process_is_still_at_the_other(make_store: MakeStore) -> None:
    one, other, ann = make_store(), make_store(), uuid4()
    await one.here({ann: ONLINE})
    await other.here({ann: AWAY})
    await one.gone({ann: 0.0})
    assert await status(one, ann) is AWAY


async def test_who_has_gone_was_seen_then(make_store: MakeStore) -> None:
    store, ann = make_store(), uuid4()
    await store.here({ann: ONLINE})
    await store.gone({ann: 0.0})
    state = (await store.states([ann]))[ann]
    assert state.status is OFFLINE
    assert state.seen_at is not None
    assert abs(datetime.now(UTC) - state.seen_at) < timedelta(minutes=1)


async def test_how_long_ago_they_went_counts(make_store: MakeStore) -> None:
    store, ann, bob = make_store(), uuid4(), uuid4()
    await store.gone({ann: 3600.0, bob: 0.0})
    states = await store.states([ann, bob])
    apart = states[bob].seen_at - states[ann].seen_at  # type: ignore[operator]
    assert timedelta(minutes=59) < apart < timedelta(minutes=61)


async def test_who_was_seen_later_was_not_seen_earlier(make_store: MakeStore) -> None:
    store, ann = make_store(), uuid4()
    await store.gone({ann: 0.0})
    before = await store.states([ann])
    await store.gone({ann: 3600.0})
    assert await store.states([ann]) == before


async def test_going_without_having_come_changes_no_status(make_store: MakeStore) -> None:
    one, other, ann = make_store(), make_store(), uuid4()
    await one.here({ann: ONLINE})
    await other.gone({ann: 0.0})
    assert await status(one, ann) is ONLINE


async def test_entries_of_a_process_that_is_silent_expire(make_store: MakeStore) -> None:
    silent, alive, ann, bob = make_store(ttl=SHORT), make_store(), uuid4(), uuid4()
    await silent.here({ann: ONLINE, bob: ONLINE})
    await alive.here({bob: AWAY})

    async def is_over() -> bool:
        return await status(alive, ann) is OFFLINE and await status(alive, bob) is AWAY

    await until(is_over)
    assert (await alive.states([ann]))[ann].seen_at is not None


async def test_said_again_they_stay(make_store: MakeStore) -> None:
    store, ann = make_store(ttl=SHORT), uuid4()
    again = make_store(ttl=LONG)
    await store.here({ann: ONLINE})
    await again.here({ann: ONLINE})
    await asyncio.sleep(2 * SHORT)  # the first entry is over by now
    assert await status(store, ann) is ONLINE


async def test_many_at_once(make_store: MakeStore) -> None:
    store, people = make_store(), [uuid4() for _ in range(2 * SLICE + 1)]
    await store.here(dict.fromkeys(people, ONLINE))
    await store.gone(dict.fromkeys(people[1:], 1.0))
    states = await store.states(people)
    assert [states[person].status for person in people] == [ONLINE, *[OFFLINE] * 2 * SLICE]


async def test_nobody_is_asked_for_in_vain(make_store: MakeStore) -> None:
    store = make_store()
    await store.here({})
    await store.gone({})
    assert await store.states([]) == {}


# -- Redis alone


async def test_what_has_expired_is_thrown_away(redis: RedisServer) -> None:
    store, ann = RedisStore(redis.url, "silent", ttl=SHORT), uuid4()
    await store.here({ann: ONLINE})

    async def is_offline() -> bool:
        return await status(store, ann) is OFFLINE

    await until(is_offline)
    with redis.client() as client:
        assert client.hkeys(f"chat:presence:{ann}") == [b"seen"]
        assert client.ttl(f"chat:presence:{ann}") > 0
    await store.close()


async def test_ten_thousand_at_once_are_few_commands(redis: RedisServer) -> None:
    store, people = RedisStore(redis.url, "p", ttl=LONG), [uuid4() for _ in range(10_000)]
    with redis.client() as client:
        client.config_resetstat()
        await store.here(dict.fromkeys(people, ONLINE))
        await store.states(people)
        evals = client.info("commandstats")["cmdstat_eval"]["calls"]
    assert evals == 2 * 10_000 / SLICE
    await store.close()


async def test_without_redis_it_says_so_and_finds_it_again() -> None:
    server, ann = RedisServer(), uuid4()
    store = RedisStore(server.url, "p", ttl=LONG)
    with pytest.raises(ConnectionError):
        await store.states([ann])
    with server:
        await store.here({ann: AWAY})
        assert await status(store, ann) is AWAY
        server.stop()
        with pytest.raises(ConnectionError):
            await store.here({ann: ONLINE})
        server.start()
        assert await status(store, ann) is OFFLINE
    await store.close()
