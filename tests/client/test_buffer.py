import asyncio

import pytest

from chatproject.client.buffer import Buffer
from chatproject.client.errors import Closed
from chatproject.client.events import Event
from chatproject.client.revs import Revs
from tests.client.log import Log


def filled(log: Log, size: int, events: int) -> tuple[Buffer, Revs]:
    revs = Revs()
    revs.hello({log.id: 0})
    buffer = Buffer(revs, size)
    for _ in range(events):
        buffer.put(revs.take(log.create()))
    return buffer, revs


async def taken(buffer: Buffer, number: int) -> list[Event | None]:
    return [await buffer.take() for _ in range(number)]


async def test_events_come_in_order_and_end():
    buffer, _ = filled(Log(), 10, 2)
    buffer.end(None)
    first, second, end = await taken(buffer, 3)
    assert (first.rev, second.rev, end) == (1, 2, None)


async def test_what_ended_the_client_is_raised_after_the_last_event():
    buffer, _ = filled(Log(), 10, 1)
    buffer.end(Closed("signed_out", "signed out", close_code=4501))
    assert (await buffer.take()).rev == 1
    with pytest.raises(Closed):
        await buffer.take()


async def test_what_does_not_fit_is_fetched_when_there_is_room():
    log = Log()
    buffer, revs = filled(log, 4, 9)
    assert revs.behind() == {"c": 4}
    waiting = asyncio.create_task(buffer.wait_for_room())
    assert [event.rev for event in await taken(buffer, 1)] == [1]
    assert not waiting.done()
    assert [event.rev for event in await taken(buffer, 1)] == [2]
    await waiting
    buffer.put(revs.answer("c", 4, log.changes(4)))
    assert revs.behind() == {"c": 6}
    assert [event.rev for event in await taken(buffer, 4)] == [3, 4, 5, 6]


async def test_coming_and_going_is_never_dropped():
    buffer, revs = filled(Log(), 1, 3)
    buffer.put(revs.take({"type": "conversation.joined", "conversationId": "new", "rev": 0}))
    buffer.put([Event("receipt.advanced", {"conversationId": "c"})])
    buffer.end(None)
    message, joined, end = await taken(buffer, 3)
    assert (message.rev, joined.type, end) == (1, "conversation.joined", None)


async def test_done_is_what_was_taken_and_left_behind():
    buffer, _ = filled(Log(), 10, 3)
    assert buffer.done() == {"c": 0}
    await buffer.take()
    assert buffer.done() == {"c": 0}
    await buffer.take()
    assert buffer.done() == {"c": 1}
