"""Receipts of many sockets are moved together, and the last one wins."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from conversations.errors import ConversationNotFound, NotAParticipant
from conversations.models import Conversation, Participant
from messaging.actions.receipts import Advance, mark_all
from messaging.models import Receipt
from messaging.ws import receipts as batching
from messaging.ws.receipts import Receipts
from tests.cast import make_conversation, make_person, say
from tests.realtime.scene import in_loop

pytestmark = pytest.mark.django_db(transaction=True)

READ, DELIVERED = Receipt.Kind.READ, Receipt.Kind.DELIVERED


@pytest.fixture
def flushes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many advances each flush had."""
    sizes: list[int] = []

    def counted(advances: Any) -> Any:
        sizes.append(len(advances))
        return mark_all(advances)

    monkeypatch.setattr(batching, "mark_all", counted)
    return sizes


def room_of(number: int) -> tuple[Conversation, list[UUID]]:
    owner, *others = (make_person() for _ in range(number))
    room = make_conversation(owner, *others)
    for n in range(10):
        say(room, owner, f"number {n}")
    return room, [owner.pk, *(person.pk for person in others)]


def pointers(room: Conversation) -> list[int]:
    return list(
        Participant.objects.filter(conversation=room).values_list("last_read_seq", flat=True)
    )


def test_a_room_that_reads_at_once_is_two_flushes(flushes: list[int]) -> None:
    room, people = room_of(20)

    @in_loop
    async def run() -> None:
        receipts = Receipts()
        reading = [receipts.move(Advance(person, room.pk, READ, 7)) for person in people[1:]]
        answers = await asyncio.gather(*reading)
        assert {answer["lastReadSeq"] for answer in answers} == {7}

    run()
    assert sum(flushes) == 19
    assert len(flushes) <= 2
    assert sorted(pointers(room))[:19] == [7] * 19


def test_the_last_one_wins_and_leaves_one_receipt(flushes: list[int]) -> None:
    room, (_, reader) = room_of(2)

    @in_loop
    async def run() -> None:
        receipts = Receipts()
        moves = [receipts.move(Advance(reader, room.pk, READ, seq)) for seq in (3, 9, 5)]
        moves.append(receipts.move(Advance(reader, room.pk, DELIVERED, 10)))
        answers = await asyncio.gather(*moves)
        assert [answer["lastReadSeq"] for answer in answers] == [9] * 4
        assert answers[-1]["lastDeliveredSeq"] == 10

    run()
    assert flushes == [4]
    left = Receipt.objects.filter(conversation=room, user=reader, kind=READ)
    assert list(left.values_list("up_to_seq", flat=True)) == [9]


def test_one_bad_advance_refuses_itself_alone() -> None:
    room, (_, reader) = room_of(2)
    stranger = make_person()
    public = make_conversation(make_person(), kind="public")

    @in_loop
    async def run() -> None:
        receipts = Receipts()
        answers = await asyncio.gather(
            receipts.move(Advance(reader, room.pk, READ, 2)),
            receipts.move(Advance(stranger.pk, room.pk, READ, 2)),
            receipts.move(Advance(stranger.pk, public.pk, READ, 1)),
            receipts.move(Advance(reader, uuid4(), READ, 2)),
            return_exceptions=True,
        )
        assert not isinstance(answers[0], BaseException)
        assert answers[0]["lastReadSeq"] == 2
        assert isinstance(answers[1], ConversationNotFound)
        assert isinstance(answers[2], NotAParticipant)
        assert isinstance(answers[3], ConversationNotFound)

    run()


def test_a_failed_flush_is_told_and_the_next_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    room, (_, reader) = room_of(2)

    def fails(advances: Any) -> Any:
        raise ConnectionError("the database is away")

    @in_loop
    async def run() -> None:
        receipts = Receipts()
        advance = Advance(reader, room.pk, READ, 2)
        with monkeypatch.context() as patched:
            patched.setattr(batching, "mark_all", fails)
            with pytest.raises(ConnectionError):
                await receipts.move(advance)
        leaver = asyncio.create_task(receipts.move(advance))
        await asyncio.sleep(0)
        leaver.cancel()
        assert (await receipts.move(advance))["lastReadSeq"] == 2

    run()
