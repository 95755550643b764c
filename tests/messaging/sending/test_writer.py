"""The writer stores what sockets hand it, in order, in batches, and answers after the commit."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from chatproject.core.db.distributed.hosts import COORDINATOR
from chatproject.core.errors import Unavailable
from chatproject.realtime.bus import Publication, conversation_topic
from conversations.models import Conversation
from messaging.models import Message
from messaging.moderation.models import Report, WordFilter
from messaging.sending import connections
from messaging.sending.drafts import Draft
from messaging.sending.results import SendResult, SendStatus
from messaging.sending.send import store_messages
from messaging.sending.writer import MAX_WAITING, Writer
from tests import database
from tests.cast import make_conversation, make_person
from tests.realtime.scene import in_loop

pytestmark = pytest.mark.django_db(transaction=True)


class Answers:
    """Collects results and publications; `all_of` waits for a number of results."""

    def __init__(self) -> None:
        self.results: list[SendResult] = []
        self.published: list[Publication] = []
        self._came = asyncio.Event()

    def take(self, result: SendResult) -> None:
        self.results.append(result)
        self._came.set()

    async def all_of(self, number: int) -> list[SendResult]:
        async with asyncio.timeout(30):
            while len(self.results) < number:
                self._came.clear()
                await self._came.wait()
        return self.results


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
        assert writer.is_idle
        pairs = zip(drafts_for(one, owner, 300), drafts_for(other, owner, 300), strict=True)
        for draft in (draft for pair in pairs for draft in pair):
            writer.submit(draft, answers.take)
        assert not writer.is_idle
        results = await answers.all_of(600)
        assert writer.is_idle
        await writer.stop()
        assert not [result for result in results if result.refusal]
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


def test_a_retry_into_a_locked_conversation_is_answered_and_new_drafts_wait_in_order() -> None:
    owner = make_person()
    busy = make_conversation(owner)
    retry = Draft(busy.pk, owner.pk, uuid4(), "@all")  # which no plain text is
    new = drafts_for(busy, owner, 20)
    store_messages([retry], wait=True)
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
        for draft in (*new[:10], retry, *new[10:]):
            writer.submit(draft, answers.take)
        (first,) = await answers.all_of(1)
        assert first.status is SendStatus.RETRIED
        release.set()
        results = await answers.all_of(21)
        await writer.stop()
        assert [it.status for it in results[1:]] == [SendStatus.STORED] * 20

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold_the_lock)
        locked.wait(30)
        run()
        holding.result()
    rows = Message.objects.filter(conversation=busy).order_by("seq").values_list("body", flat=True)
    assert list(rows) == ["@all", *(f"number {n}" for n in range(20))]


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


def test_a_draining_writer_answers_what_it_took_and_refuses_the_rest() -> None:
    owner = make_person()
    group = make_conversation(owner)

    @in_loop
    async def run() -> None:
        answers = Answers()
        writer = Writer(answers.published.extend)
        for draft in drafts_for(group, owner, 50):
            writer.submit(draft, answers.take)
        draining = asyncio.create_task(writer.drain())
        await asyncio.sleep(0)
        assert writer.is_full  # so that sockets ask for room
        with pytest.raises(Unavailable):
            await writer.room()
        await draining
        assert [result.refusal for result in answers.results] == [None] * 50
        await writer.stop()

    run()
    assert Message.objects.filter(conversation=group).count() == 50


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

    def fail(result: SendResult) -> None:
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


def test_a_bus_that_fails_stops_nothing() -> None:
    owner = make_person()
    group = make_conversation(owner)

    def fail(publications: object) -> None:
        raise RuntimeError("the bus is broken")

    @in_loop
    async def run() -> None:
        answers = Answers()
        writer = Writer(fail)
        for draft in drafts_for(group, owner, 3):
            writer.submit(draft, answers.take)
            await answers.all_of(len(answers.results) + 1)
        await writer.stop()

    run()
    assert Message.objects.count() == 3


def test_who_is_refused_leaves_the_others_of_the_flush_alone() -> None:
    owner, outsider = make_person(), make_person()
    groups = [make_conversation(owner) for _ in range(3)]

    @in_loop
    async def run() -> None:
        answers = Answers()
        writer = Writer(answers.published.extend)
        for group in groups:
            writer.submit(Draft(group.pk, owner.pk, uuid4(), "mine"), answers.take)
        writer.submit(Draft(groups[0].pk, outsider.pk, uuid4(), "let me in"), answers.take)
        writer.submit(Draft(groups[1].pk, owner.pk, uuid4(), "again"), answers.take)
        results = await answers.all_of(5)
        await writer.stop()
        assert [out.refusal.code for out in results if out.refusal] == ["conversation_not_found"]

    run()
    assert [Message.objects.filter(conversation=group).count() for group in groups] == [1, 2, 1]


def test_many_conversations_keep_their_order_over_flushes_at_once() -> None:
    owner = make_person()
    groups = [make_conversation(owner) for _ in range(60)]

    @in_loop
    async def run() -> None:
        answers = Answers()
        writer = Writer(answers.published.extend)
        columns = [drafts_for(group, owner, 20) for group in groups]
        for row in zip(*columns, strict=True):
            for draft in row:
                writer.submit(draft, answers.take)
            await asyncio.sleep(0.001)
        assert not [out for out in await answers.all_of(1200) if out.refusal]
        await writer.stop()
        published = [(out.topic, out.rev) for out in answers.published]
        for group in groups:
            topic = conversation_topic(group.pk)
            assert [rev for where, rev in published if where == topic] == list(range(1, 21))

    run()
    for group in groups:
        rows = Message.objects.filter(conversation=group).order_by("seq")
        assert list(rows.values_list("body", flat=True)) == [f"number {n}" for n in range(20)]


def test_who_comes_behind_a_flush_that_is_late_does_not_wait_for_it() -> None:
    owner = make_person()
    stuck, free = make_conversation(owner), make_conversation(owner)
    (draft,) = drafts_for(stuck, owner, 1)
    inserted, release = Event(), Event()

    def insert_the_same() -> None:
        """The flush waits to see whether it will be there."""
        with transaction.atomic():
            key = {"conversation": stuck, "sender": owner, "client_id": draft.client_id}
            Message.objects.create(**key, seq=9, rev=9, body="x", created_at=timezone.now())
            inserted.set()
            release.wait(30)
            transaction.set_rollback(True)
        connection.close()

    @in_loop
    async def run() -> None:
        answers = Answers()
        writer = Writer(answers.published.extend)
        writer.submit(draft, answers.take)
        await asyncio.sleep(0.01)
        writer.submit(drafts_for(free, owner, 1)[0], answers.take)
        (first,) = await answers.all_of(1)
        assert first.row is not None
        assert first.row["conversation_id"] == free.pk
        release.set()
        assert [out.refusal for out in await answers.all_of(2)] == [None, None]
        await writer.stop()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(insert_the_same)
        assert inserted.wait(30)
        run()
        holding.result()
    assert [Message.objects.filter(conversation=group).count() for group in (stuck, free)] == [1, 1]


def test_two_connections_stand_ready_and_no_more_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[object] = []

    def counted(node: int) -> object:
        made.append(object())
        return made[-1]

    async def at_once(work: Callable[[], object]) -> object:
        return work()

    @in_loop
    async def run() -> None:
        monkeypatch.setattr(connections, "connect", counted)
        kept = connections.Connections(at_once)
        for _ in range(3):  # one after the other
            kept.give_back(COORDINATOR, await kept.take(COORDINATOR))
        assert len(made) == 2
        beside = connections.Connections(at_once)
        for _ in range(3):  # two at once
            taken = [await beside.take(COORDINATOR) for _ in range(2)]
            for each in taken:
                beside.give_back(COORDINATOR, each)
        assert len(made) == 4

    run()


def test_one_connection_is_enough_where_no_second_can_be_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only = object()

    async def once(work: Callable[[], object]) -> object:
        monkeypatch.setattr(connections, "connect", refused)
        return work()

    def refused(node: int) -> object:
        raise psycopg.OperationalError("too many connections")

    @in_loop
    async def run() -> None:
        monkeypatch.setattr(connections, "connect", lambda node: only)
        kept = connections.Connections(once)
        assert await kept.take(COORDINATOR) is only
        with pytest.raises(psycopg.OperationalError):
            await kept.take(COORDINATOR)
        kept.give_back(COORDINATOR, only)  # type: ignore[arg-type]
        assert await kept.take(COORDINATOR) is only

    run()


def test_connections_that_are_cut_lose_and_double_nothing() -> None:
    owner = make_person()
    groups = [make_conversation(owner) for _ in range(4)]

    tests_own = connection.connection.info.backend_pid

    def cut() -> None:
        # Not over the pool, whose next connection may be one that the last cut has ended.
        with database.connect(connection.settings_dict["NAME"]) as apart:
            apart.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s)",
                [tests_own],
            )

    @in_loop
    async def run() -> None:
        answers = Answers()
        writer = Writer(answers.published.extend)
        for turn in range(10):
            for group in groups:
                for draft in drafts_for(group, owner, 25):
                    writer.submit(draft, answers.take)
            await asyncio.sleep(0.003 * turn)
            await asyncio.to_thread(cut)
        results = await answers.all_of(1000)
        await writer.stop()
        assert not [out.refusal for out in results if out.refusal]

    run()
    for group in groups:
        rows = Message.objects.filter(conversation=group).order_by("seq")
        assert list(rows.values_list("seq", "rev")) == [(n, n) for n in range(1, 251)]
        assert list(rows.values_list("body", flat=True)) == [f"number {n}" for n in range(25)] * 10


def test_retries_in_one_flush_and_in_a_later_one() -> None:
    owner = make_person()
    group = make_conversation(owner)
    draft, other = drafts_for(group, owner, 2)
    changed = draft._replace(body="another text")

    @in_loop
    async def run() -> None:
        answers = Answers()
        writer = Writer(answers.published.extend)
        for again in (draft, other, draft):
            writer.submit(again, answers.take)
        await answers.all_of(3)
        for again in (draft, changed):
            writer.submit(again, answers.take)
        results = await answers.all_of(5)
        await writer.stop()
        seqs = [out.row["seq"] for out in results if out.row is not None]
        assert sorted(seqs) == [1, 1, 1, 2]
        assert [out.refusal.code for out in results if out.refusal] == ["client_id_conflict"]
        assert len(answers.published) == 2

    run()


def test_a_flagged_word_is_reported_with_its_picture() -> None:
    owner = make_person()
    group = make_conversation(owner)
    WordFilter.objects.create(word="spam", act=WordFilter.Act.FLAG)

    @in_loop
    async def run() -> None:
        answers = Answers()
        writer = Writer(answers.published.extend)
        for text in ("fine", "Spam!", "fine again"):
            writer.submit(Draft(group.pk, owner.pk, uuid4(), text), answers.take)
            await answers.all_of(len(answers.results) + 1)
        await writer.stop()
        assert not [out.refusal for out in answers.results if out.refusal]

    run()
    report = Report.objects.get()
    assert (report.seq, report.comment) == (2, "spam")
    assert report.snapshot is not None


def test_what_is_not_in_flight_when_the_time_is_over_is_refused_and_not_stored() -> None:
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
        for draft in [*drafts_for(busy, owner, 250), *drafts_for(free, owner, 5)]:
            writer.submit(draft, answers.take)
        await answers.all_of(5)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(writer.drain(), 0.2)
        writer.refuse_waiting()
        results = await answers.all_of(255)
        release.set()
        await writer.stop()
        refusals = [result.refusal for result in results if result.refusal]
        assert {type(refusal) for refusal in refusals} == {Unavailable}
        stored.append(len(results) - len(refusals))
        assert len(answers.published) == stored[0]

    stored: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold_the_lock)
        locked.wait(30)
        run()
        holding.result()
    assert Message.objects.count() == stored[0]
