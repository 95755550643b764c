"""What is computed in the event loop comes one at a time, and others between."""

import asyncio

from chatproject.core.db.loop_turns import LoopTurns


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
