"""What one client may ask of a process is counted, and given back."""

import asyncio
import time

import pytest

from chatproject.core.errors import Unavailable
from chatproject.realtime import limits
from chatproject.realtime.limits import (
    BURST_SECONDS,
    FREE_CHARACTERS,
    LEAST_KEPT,
    TEXT_BURST_SECONDS,
    AdmissionLimiter,
    ConnectionLimiter,
    TextPace,
    TokenBucket,
    TooManyFrames,
    TooManySockets,
)
from tests.realtime.scene import in_loop


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.monotonic()
        monkeypatch.setattr(limits.time, "monotonic", lambda: self.now)


def take(allowance: TokenBucket, most: int) -> int:
    """How many frames it gives, up to `most`."""
    for taken in range(most):
        try:
            allowance.take()
        except TooManyFrames:
            return taken
    return most


def test_frames_come_in_a_burst_and_then_by_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    allowance = TokenBucket(10)
    assert take(allowance, 1_000) == 10 * BURST_SECONDS
    clock.now += 2
    assert take(allowance, 1_000) == 20
    clock.now += 3_600
    assert take(allowance, 1_000) == 10 * BURST_SECONDS


def test_no_limit_of_frames() -> None:
    assert take(TokenBucket(0), 10_000) == 10_000


def test_text_beyond_a_burst_waits_for_as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.now += seconds

    monkeypatch.setattr(limits.asyncio, "sleep", sleep)
    pace, frame = TextPace(100), 100 * TEXT_BURST_SECONDS + FREE_CHARACTERS
    pace.take("ann", frame)
    assert not pace.is_exceeded("ann")
    pace.take("ann", 50 + FREE_CHARACTERS)
    assert pace.is_exceeded("ann")
    assert not pace.is_exceeded("bob")
    asyncio.run(pace.wait("ann"))
    assert slept == [pytest.approx(0.5)]
    assert not pace.is_exceeded("ann")
    clock.now += 1_000
    pace.take("ann", frame + 1)
    assert pace.is_exceeded("ann"), "no more is saved than a burst"


def test_short_frames_are_no_text() -> None:
    pace = TextPace(1)
    for _ in range(1_000):
        pace.take("ann", FREE_CHARACTERS)
    assert not pace.is_exceeded("ann")


def test_text_may_be_without_limit() -> None:
    pace = TextPace(0)
    pace.take("ann", 10**9)
    assert not pace.is_exceeded("ann")


def test_who_has_paid_for_the_text_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    pace = TextPace(100)
    pace.take("ann", 10_000)
    clock.now += 10
    for number in range(LEAST_KEPT - 1):
        pace.take(number, FREE_CHARACTERS + 1)
    clock.now += 1
    assert pace.kept == LEAST_KEPT
    pace.take("bob", FREE_CHARACTERS + 1)
    assert pace.kept == 2, "only Ann owes, and Bob"
    assert pace.is_exceeded("ann")


def test_seats_are_counted_for_each_and_given_back() -> None:
    seats = ConnectionLimiter()
    with seats.taken("ann", 2), seats.taken("ann", 2), seats.taken("bob", 1):
        with pytest.raises(TooManySockets), seats.taken("ann", 2):
            pass
        with seats.taken("ann", 0):
            pass
    with seats.taken("ann", 1):
        pass
    with pytest.raises(ZeroDivisionError), seats.taken("ann", 1):
        _ = 1 / 0
    with seats.taken("ann", 1):
        pass


@in_loop
async def test_few_come_in_at_a_time_and_too_many_do_not_wait() -> None:
    admission_limiter = AdmissionLimiter(at_once=2, waiting=3)
    inside, most, go = 0, 0, asyncio.Event()

    async def come_in() -> None:
        nonlocal inside, most
        async with admission_limiter.turn():
            inside += 1
            most = max(most, inside)
            await go.wait()
            inside -= 1

    tasks = []
    for _ in range(5):
        tasks.append(asyncio.create_task(come_in()))
        await asyncio.sleep(0)
    assert inside == 2
    with pytest.raises(Unavailable):
        await come_in()
    tasks.pop().cancel()
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(come_in()))  # who left has made room
    go.set()
    await asyncio.gather(*tasks)
    assert (inside, most) == (0, 2)
