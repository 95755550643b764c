"""What is computed in the event loop comes one at a time, and others between."""

import asyncio
from collections.abc import Callable
from unittest.mock import patch

from chatproject.core.db.loop_turns import MOST_PAUSE, SHARE, LoopTurns


def test_one_computes_in_a_turn_of_the_loop_and_others_come_between() -> None:
    seen: list[str] = []

    async def compute(turns: LoopTurns, name: str) -> None:
        await turns.take()
        seen.append(name)

    async def main() -> None:
        turns = LoopTurns()
        loop = asyncio.get_running_loop()

        def tick() -> None:
            seen.append("tick")
            if seen.count("tick") < 20:
                loop.call_soon(tick)

        tasks = [asyncio.create_task(compute(turns, name)) for name in "abc"]
        loop.call_soon(tick)
        await asyncio.gather(*tasks)

    asyncio.run(main())
    assert [name for name in seen if name != "tick"] == ["a", "b", "c"]
    assert "tick" in seen[seen.index("a") : seen.index("b")]
    assert "tick" in seen[seen.index("b") : seen.index("c")]


def test_who_is_alone_does_not_wait() -> None:
    async def main() -> None:
        turns = LoopTurns()
        taking = turns.take()
        try:
            taking.send(None)
        except StopIteration:
            return
        raise AssertionError("it waited")

    asyncio.run(main())


def test_while_sends_wait_computations_take_half_of_the_loops_time() -> None:
    pauses: list[float] = []
    seen: list[str] = []

    async def main() -> None:
        do_sends_wait = True
        turns = LoopTurns(lambda: do_sends_wait)
        loop = asyncio.get_running_loop()
        now = loop.time()

        async def compute(seconds: float) -> None:
            nonlocal now
            await turns.begin()
            seen.append(f"{seconds} s")
            now += seconds

        def pause(seconds: float, go_on: Callable[[], None]) -> None:
            pauses.append(round(seconds, 6))
            loop.call_soon(seen.append, "others")
            loop.call_soon(loop.call_soon, go_on)

        with patch.object(loop, "time", lambda: now), patch.object(loop, "call_later", pause):
            await asyncio.gather(compute(0.002), compute(0.5), compute(0.001))
            await asyncio.sleep(0)  # after the last one, too
            do_sends_wait = False
            await asyncio.sleep(0)
            await asyncio.gather(compute(7), compute(8))

    asyncio.run(main())
    share_of_others = 1 / SHARE - 1
    assert pauses == [0.002 * share_of_others, MOST_PAUSE, 0.001 * share_of_others]
    assert seen == ["0.002 s", "others", "0.5 s", "others", "0.001 s", "others", "7 s", "8 s"]


def test_who_gives_up_while_waiting_holds_nobody_up() -> None:
    """Also at the moment at which it is given the turn."""

    async def main() -> None:
        for waits in range(6):
            turns = LoopTurns()
            await turns.take()
            gives_up = asyncio.create_task(turns.take())
            comes_next = asyncio.create_task(turns.take())
            for _ in range(waits):
                await asyncio.sleep(0)
            gives_up.cancel()
            async with asyncio.timeout(5):
                await comes_next
                await turns.take()

    asyncio.run(main())
