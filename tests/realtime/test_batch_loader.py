"""Keys that wait for a load go together, and each gets its own answer."""

import asyncio
import threading
from collections.abc import Collection, Mapping

import pytest

from chatproject.realtime.batch_loader import BatchLoader
from tests.realtime.scene import in_loop


class Source:
    """Answers with ten times the key, when it is let; odd keys have no answer."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.began, self.go = threading.Event(), threading.Event()
        self.failing = False

    def load(self, keys: Collection[int]) -> Mapping[int, int]:
        self.asked.append(sorted(keys))
        self.began.set()
        self.go.wait(10)
        if self.failing:
            raise ConnectionError("the database is away")
        return {key: 10 * key for key in keys if key % 2 == 0}

    async def until_asked(self) -> None:
        assert await asyncio.to_thread(self.began.wait, 10)


@in_loop
async def test_keys_that_are_asked_for_during_a_load_share_the_next() -> None:
    source = Source()
    loader = BatchLoader(source.load)
    first = asyncio.create_task(loader.get(2))
    await source.until_asked()
    others = [asyncio.create_task(loader.get(key)) for key in (2, 3, 4, 4, 6)]
    await asyncio.sleep(0)
    source.go.set()
    assert await asyncio.gather(first, *others) == [20, 20, None, 40, 40, 60]
    assert source.asked == [[2], [2, 3, 4, 6]]
    assert await loader.get(8) == 80  # and it goes on


@in_loop
async def test_two_loads_are_under_way_at_once() -> None:
    source = Source()
    loader = BatchLoader(source.load)
    first = asyncio.create_task(loader.get(2))
    await source.until_asked()
    source.began.clear()
    second = asyncio.create_task(loader.get(4))
    await source.until_asked()  # though the first has no answer yet
    third = asyncio.create_task(loader.get(6))
    await asyncio.sleep(0.05)
    assert (source.asked, first.done()) == ([[2], [4]], False)
    source.go.set()
    assert await asyncio.gather(first, second, third) == [20, 40, 60]


@in_loop
async def test_a_failed_load_raises_for_all_who_asked() -> None:
    source = Source()
    source.failing = True
    loader = BatchLoader(source.load)
    first = asyncio.create_task(loader.get(2))
    await source.until_asked()
    second = asyncio.create_task(loader.get(4))
    await asyncio.sleep(0)
    source.go.set()
    for asked in (first, second):
        with pytest.raises(ConnectionError):
            await asked
    source.failing = False
    assert await loader.get(4) == 40


@in_loop
async def test_a_cancelled_caller_cancels_nobody_elses_answer() -> None:
    source = Source()
    loader = BatchLoader(source.load)
    gone, waits = (asyncio.create_task(loader.get(2)) for _ in range(2))
    await source.until_asked()
    gone.cancel()
    await asyncio.sleep(0)
    source.go.set()
    assert await waits == 20
    assert gone.cancelled()
