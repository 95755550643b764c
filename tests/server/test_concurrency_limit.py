"""Few requests compute beside the event loop at a time."""

import asyncio

from chatproject.server.concurrency_limit import AT_ONCE, ConcurrencyLimit


async def hold(limit: ConcurrencyLimit, inside: asyncio.Event, until: asyncio.Event) -> None:
    async with limit.passed():
        inside.set()
        await until.wait()


async def test_a_slow_request_makes_room_for_the_next_and_gives_its_place_back_once() -> None:
    limit, end = ConcurrencyLimit(), asyncio.Event()
    insides = [asyncio.Event() for _ in range(AT_ONCE + 1)]
    holders = [asyncio.create_task(hold(limit, inside, end)) for inside in insides]
    await asyncio.gather(*(inside.wait() for inside in insides[:AT_ONCE]))
    assert not insides[AT_ONCE].is_set()
    await insides[AT_ONCE].wait()  # when the first has become slow, though it goes on
    end.set()
    await asyncio.gather(*holders)
    await let_in_alone(limit)


async def let_in_alone(limit: ConcurrencyLimit) -> None:
    """As many as before get in at once, and not one more."""
    end = asyncio.Event()
    insides = [asyncio.Event() for _ in range(AT_ONCE + 1)]
    holders = [asyncio.create_task(hold(limit, inside, end)) for inside in insides]
    await asyncio.sleep(0)
    assert [inside.is_set() for inside in insides] == [True] * AT_ONCE + [False]
    end.set()
    await asyncio.gather(*holders)


async def test_a_failed_request_gives_its_place_back() -> None:
    limit = ConcurrencyLimit()
    for _ in range(AT_ONCE + 1):
        try:
            async with limit.passed():
                raise LookupError
        except LookupError:
            pass
    await let_in_alone(limit)
