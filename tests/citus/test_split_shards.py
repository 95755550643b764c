"""A shard is split, and nobody is refused what is asked about conversations of both halves."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import NotSupportedError, transaction
from pytest_django.fixtures import Settings

from accounts.models import User
from chatproject.core.db.async_pool import AsyncPool
from chatproject.core.db.distributed import distribution
from chatproject.core.db.distributed.distribution import Shards, hash_of
from chatproject.core.db.distributed.hosts import COORDINATOR, hosts
from chatproject.core.db.distributed.nodes import Nodes, nodes
from chatproject.core.db.readings import Query, Steps, read
from conversations.models import Conversation
from messaging.reads.inbox.conversations import Filters, Inbox, list_inbox
from messaging.reads.shards import TRIES_AFTER_SPLITS, ask_shards, by_shard
from messaging.reads.sync import sync
from messaging.reads.watermarks import OF_SHARD
from tests.cast import api, make_conversation, make_person, say
from tests.citus.conftest import Ask
from tests.citus.shard import Shard
from tests.citus.test_shard_reads import bodies, forget
from tests.messaging.inbox.keeping import catch_up
from tests.messaging.search.conftest import index_all
from tests.waiting import eventually

pytestmark = [pytest.mark.citus, pytest.mark.timeout(600)]

LAST_HASH = 2**31 - 1


class Split:
    """Two conversations of a shard that has been split between them. The process knows the shards
    of before, as if it had happened a moment ago."""

    def __init__(self, owner: User, member: User) -> None:
        self.owner, self.member = owner, member
        first = make_conversation(owner, member)
        self.shard = Shard(first)
        self.first, self.second = first, self._in_other_half(first)
        for number, conversation in enumerate((self.first, self.second)):
            say(conversation, owner, f"before the split {number}")
        self._before: Shards = distribution.read_shards() or Shards(())
        self._catalog_before = nodes.catalog
        self.shard.split()
        assert len(self._shards_of_halves()) == 2
        for number, conversation in enumerate((self.first, self.second)):
            say(conversation, owner, f"plums {number}")
        self.forget()

    def _shards_of_halves(self) -> set[int]:
        found = distribution.read_shards()
        assert found is not None
        return {found.of(it.pk) for it in (self.first, self.second)}

    def _in_other_half(self, other: Conversation) -> Conversation:
        known = distribution.read_shards()
        assert known is not None
        starts = [*known.starts, LAST_HASH + 1]
        low, high = starts[known.of(other.pk) : known.of(other.pk) + 2]
        middle = (low + high - 1) // 2  # where Shard.split splits it
        is_above = hash_of(other.pk) > middle
        while True:
            pk: UUID = uuid4()
            if known.of(pk) == known.of(other.pk) and (hash_of(pk) > middle) != is_above:
                return make_conversation(self.owner, self.member, id=pk)

    def forget(self) -> None:
        """Nothing but what is refused tells of the split."""
        distribution.note(self._before)
        nodes._catalog = self._catalog_before
        nodes._own.clear()
        nodes._asked_at.clear()
        nodes._renew_at = float("inf")
        forget()

    @property
    def is_known(self) -> bool:
        return distribution.shards() == distribution.read_shards() != self._before

    def read_inbox(self) -> Steps[Any]:
        return list_inbox.steps(user_id=self.owner.pk, after=None, limit=20, filters=Filters())

    def told(self, inbox: Inbox) -> list[str]:
        """The last messages of the two, as the inbox has them."""
        told = {entry["id"]: entry["lastMessage"]["content"] for entry in inbox.entries}
        return [told[str(each.pk)] for each in (self.first, self.second)]

    def sync(self) -> Steps[Any]:
        """Tells how far one's own messages have got, which is asked shard by shard."""
        return sync.steps(self.owner.pk, {self.first.pk: 1, self.second.pk: 1})

    def news(self, answer: Any) -> list[str]:
        news = [answer["conversations"][str(each.pk)] for each in (self.first, self.second)]
        return [it["results"][-1]["content"] for it in news]


@pytest.fixture
def split(ask: Ask) -> Iterator[Split]:
    yield Split(make_person("Olga"), make_person("Mia"))
    nodes._renew_at = 0.0


PLUMS = ["plums 0", "plums 1"]


@pytest.mark.parametrize("inbox", ["counters", "entries"])
@pytest.mark.parametrize("is_past_citus", [True, False], ids=["past Citus", "by Citus"])
def test_an_event_loop_reads_of_both_halves_at_once(
    ask: Ask, split: Split, settings: Settings, inbox: str, is_past_citus: bool
) -> None:
    settings.INBOX, settings.SHARD_READS = inbox, is_past_citus
    if inbox == "entries":
        nodes.renew()
        assert catch_up().left == []
        split.forget()
    assert split.told(ask(split.read_inbox)) == PLUMS
    assert split.is_known
    split.forget()
    assert split.news(ask(split.sync)) == PLUMS
    assert split.is_known


def test_several_readings_learn_of_it_together(
    split: Split, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    learnt = []
    real = Nodes._renew

    def renew(self: Nodes) -> None:
        learnt.append(1)
        real(self)

    monkeypatch.setattr(Nodes, "_renew", renew)
    monkeypatch.setattr(Nodes, "_renew_in_time", lambda self: None)

    async def read_at_once() -> list[Any]:
        pool = AsyncPool()
        readings = [pool.read(split.read_inbox, node=nodes.next()) for _ in range(6)]
        try:
            return await asyncio.gather(*readings)
        finally:
            await pool.close()

    assert [split.told(each) for each in asyncio.run(read_at_once())] == [PLUMS] * 6
    assert len(learnt) == 1


def test_it_is_learnt_where_no_workers_are_named(
    split: Split, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    monkeypatch.setattr(hosts, "groups", lambda params: {})
    monkeypatch.setattr(nodes, "_catalog", None)
    monkeypatch.setattr(nodes, "_workers", ())

    async def read_there() -> Any:
        pool = AsyncPool()
        try:
            return await pool.read(split.read_inbox, node=COORDINATOR)
        finally:
            await pool.close()

    assert split.told(asyncio.run(read_there())) == PLUMS
    assert split.is_known


def test_threads_read_of_both_halves_at_once(split: Split) -> None:
    assert split.told(read(split.read_inbox())) == PLUMS
    assert split.is_known
    split.forget()
    assert split.news(read(split.sync())) == PLUMS
    assert split.is_known


def test_a_search_finds_messages_of_both_halves_at_once(split: Split) -> None:
    nodes.renew()
    index_all()
    split.forget()
    answer = api(split.member).get("/v1/search", {"q": "plums"})
    assert answer.status_code == 200, answer.json()
    found = [hit["message"]["content"] for hit in answer.json()["results"]]
    assert sorted(found) == PLUMS
    assert split.is_known


def test_a_process_that_only_groups_conversations_learns_of_it_in_time(split: Split) -> None:
    """Such as one that carries out tasks, within transactions."""
    ids = [split.first.pk, split.second.pk]
    assert len(by_shard(ids)) == 1
    nodes._renew_at = 0.0  # when the time has come
    eventually(lambda: len(by_shard(ids)) == 2)
    assert split.is_known


def test_within_a_transaction_it_is_refused(split: Split) -> None:
    """The transaction has failed, and only who began it may begin again."""
    with pytest.raises(NotSupportedError), transaction.atomic():
        read(split.read_inbox())


def test_what_citus_refuses_anyhow_is_refused_after_a_few_tries(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = make_person("Olga")
    ids = [make_conversation(owner).pk for _ in range(12)]
    asked = []

    def of_all(groups: list[list[UUID]]) -> list[Query]:
        """As if all were in one shard."""
        asked.append(len(groups))
        return [Query(OF_SHARD, {"ids": ids, "user": owner.pk})]

    with pytest.raises(psycopg.NotSupportedError):
        ask(lambda: ask_shards(ids, of_all))
    assert len(asked) == TRIES_AFTER_SPLITS + 1
    with pytest.raises(NotSupportedError):
        read(ask_shards(ids, of_all))


def test_what_was_split_is_not_read_where_it_was(ask: Ask, split: Split) -> None:
    for number, conversation in enumerate((split.first, split.second)):
        expected = [(f"before the split {number}",), (f"plums {number}",)]
        assert ask(bodies(conversation)) == expected
