"""The writer stores what sockets hand it, in order, in batches, and answers after the commit."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import uuid4

import pytest
from django.db import connection, transaction

from chatproject.core.realtime.bus import Publication
from conversations.models import Conversation
from messaging.actions.send import Outcome
from messaging.drafts import Draft
from messaging.models import Message
from messaging.writer import MAX_WAITING, Writer
from tests.cast import make_conversation, make_person
from tests.realtime.scene import in_loop

pytestmark = pytest.mark.django_db(transaction=True)


class Answers:
    """Collects outcomes and publications; `all_of` waits for a number of outcomes."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.published: list[Publication] = []
        self._came = asyncio.Event()

    def take(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._came.set()

    async def all_of(self, number: int) -> list[Outcome]:
        async with asyncio.timeout(30):
            while len(self.outcomes) < number:
                self._came.clear()
                await self._came.wait()
        return self.outcomes


def drafts_for(conversation: Conversation, sender: object, number: int) -> list[Draft]:
    return [
        Draft(conversation.pk, sender.pk, uuid4(), f"number {n}")  # type: ignore[attr-defined]
        for n in range(number)
    ]


def test_order_is_kept_and_all_are_answered_and_published() -> None:
    owner = make_person()
    one, other = make_conversation(owner), make_conversation(owner)

    @in_loop
    async def run() -> None:
        answers = Answers()
        writer = Writer(answers.published.extend)
        pairs = zip(drafts_for(one, owner, 300), drafts_for(other, owner, 300), strict=True)
        for draft in (draft for pair in pairs for draft in pair):
            writer.submit(draft, answers.take)
        outcomes = await answers.all_of(600)
        await writer.stop()
        assert not [outcome for outcome in outcomes if outcome.refusal]
        assert len(answers.published) == 600

    run()
    for conversation in (one, other):
        rows = Message.objects.filter(conversation=conversation).order_by("seq")
        assert list(rows.values_list("seq", "body")) == [(n + 1, f"number {n}") for n in range(300)]


def test_a_locked_conversation_waits_in_order_while_others_go_on() -> None:
    owner = make_person()
    busy, free = make_conversation(owner), make_conversation(owner)
    locked, release = Event(), Event()

    def hold_the_lock() -> None:
        with transaction.atomic():
            Conversation.objects.locked().get(pk=busy.pk)
            locked.set()
            release.wait(30)
        connection.close()

    @in_loop
    async def run() -> None:
        answers = Answers()
        writer = Writer(answers.published.extend)
        for draft in drafts_for(busy, owner, 250):
            writer.submit(draft, answers.take)
        for draft in drafts_for(free, owner, 100):
            writer.submit(draft, answers.take)
        first = list(await answers.all_of(100))
        assert {out.row and out.row["conversation_id"] for out in first} == {free.pk}
        release.set()
        await answers.all_of(350)
        await writer.stop()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold_the_lock)
        locked.wait(30)
        run()
        holding.result()
    rows = Message.objects.filter(conversation=busy).order_by("seq").values_list("body", flat=True)
    assert list(rows) == [f"number {n}" for n in range(250)]


def test_stopping_stores_what_is_queued() -> None:
    owner = make_person()
    group = make_conversation(owner)

    @in_loop
    async def run() -> None:
        answers = Answers()
        writer = Writer(answers.published.extend)
        for draft in drafts_for(group, owner, 500):
            writer.submit(draft, answers.take)
        await writer.stop()
        await answers.all_of(500)

    run()
    assert Message.objects.count() == 500


def test_room_is_given_again_when_the_queue_is_shorter() -> None:
    owner = make_person()
    group = make_conversation(owner)

    @in_loop
    async def run() -> None:
        answers = Answers()
        writer = Writer(answers.published.extend)
        for draft in drafts_for(group, owner, MAX_WAITING):
            writer.submit(draft, answers.take)
        waiting = asyncio.create_task(writer.room())
        await asyncio.sleep(0)
        assert not waiting.done()
        await answers.all_of(MAX_WAITING)
        await waiting
        await writer.stop()

    run()


def test_a_sender_whose_answer_fails_ends_nothing() -> None:
    owner = make_person()
    group = make_conversation(owner)

    def fail(outcome: Outcome) -> None:
        raise RuntimeError("its socket is gone")

    @in_loop
    async def run() -> None:
        answers = Answers()
        writer = Writer(answers.published.extend)
        first, second = drafts_for(group, owner, 2)
        writer.submit(first, fail)
        writer.submit(second, answers.take)
        await answers.all_of(1)
        await writer.stop()

    run()
    assert Message.objects.count() == 2
