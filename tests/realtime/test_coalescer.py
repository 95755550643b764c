"""What queues up while a flush is in flight is the next flush, and nothing is left behind."""

import asyncio
import logging

import pytest

from chatproject.realtime.coalescer import Coalescer


class Queue:
    """Numbers to flush, at most three at once; a flush waits until the test lets it go on."""

    def __init__(self, flights: int = 1) -> None:
        self.waiting: list[int] = []
        self.flushed: list[list[int]] = []
        self.go_on = asyncio.Event()
        self.error: Exception | None = None
        self.least_beside = 1  # numbers that a flush beside another one has at least
        self.coalescer = Coalescer(self.take, self.flush, flights=flights, name="test")

    def put(self, *numbers: int) -> None:
        for number in numbers:
            self.waiting.append(number)
            self.coalescer.wake()

    def take(self, in_flight: int) -> list[int]:
        if in_flight and len(self.waiting) < self.least_beside:
            return []
        batch, self.waiting = self.waiting[:3], self.waiting[3:]
        return batch

    async def flush(self, batch: list[int]) -> None:
        self.flushed.append(batch)
        await self.go_on.wait()
        if self.error is not None:
            error, self.error = self.error, None
            raise error


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_one_turn_of_the_loop_is_one_batch() -> None:
    queue = Queue()
    queue.put(1, 2)
    queue.put(3)
    assert queue.flushed == []
    await turns()
    assert queue.flushed == [[1, 2, 3]]


async def test_what_comes_during_a_flush_is_the_next() -> None:
    queue = Queue()
    queue.put(1)
    await turns()
    queue.put(2)
    await turns()
    queue.put(3, 4, 5)
    assert queue.flushed == [[1]]
    queue.go_on.set()
    await queue.coalescer.idle()
    assert queue.flushed == [[1], [2, 3, 4], [5]]


async def test_flushes_run_beside_each_other_up_to_the_limit() -> None:
    queue = Queue(flights=2)
    queue.put(*range(9))
    await turns()
    assert queue.flushed == [[0, 1, 2], [3, 4, 5]]
    queue.go_on.set()
    await queue.coalescer.idle()
    assert queue.flushed[2:] == [[6, 7, 8]]


async def test_the_queue_decides_whether_a_second_flush_is_worth_its_cost() -> None:
    queue = Queue(flights=2)
    queue.least_beside = 2
    queue.put(1)
    await turns()
    queue.put(2)
    await turns()
    assert queue.flushed == [[1]]
    queue.put(3)
    await turns()
    assert queue.flushed == [[1], [2, 3]]


async def test_a_failed_flush_is_logged_and_the_next_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = Queue()
    queue.error = RuntimeError("no answer")
    queue.put(1)
    await turns()
    queue.put(2)
    queue.go_on.set()
    with caplog.at_level(logging.ERROR):
        await queue.coalescer.idle()
    assert queue.flushed == [[1], [2]]
    assert "a flush of the test failed" in caplog.text


async def test_idle_waits_for_what_is_queued_and_in_flight() -> None:
    queue = Queue()
    await queue.coalescer.idle()  # nothing to wait for
    queue.put(1)
    waits = asyncio.create_task(queue.coalescer.idle())
    await turns()
    assert not waits.done()
    queue.go_on.set()
    await waits
    assert queue.flushed == [[1]]
