"""Reads that ask a worker's own tables past Citus: the same answers, and never of a copy that is
not right any more."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from pytest_django.fixtures import Settings

from accounts.models import User
from chatproject.core import metrics
from chatproject.core.db.async_pool import AsyncPool
from chatproject.core.db.distributed import shard_trips
from chatproject.core.db.distributed.hosts import COORDINATOR
from chatproject.core.db.distributed.nodes import nodes
from chatproject.core.db.distributed.shard_bindings import COPIED
from chatproject.core.db.readings import Steps, query, read
from chatproject.core.db.statements import native
from chatproject.core.errors import Refusal
from conversations.models import Conversation
from conversations.participants import list_participants
from messaging.reads.cache.latest_page_cache import latest_pages
from messaging.reads.cache.log_cache import logs
from messaging.reads.changes import changes_since
from messaging.reads.history import LATEST, PageAnchor, history_page
from messaging.reads.inbox.conversations import Filters, Inbox, list_inbox
from messaging.reads.message_readers import list_receipts
from messaging.reads.messages import get_message
from messaging.reads.sync import sync
from messaging.sending.writer import Writer
from tests.cast import leave, make_conversation, make_direct, make_person, say
from tests.citus.conftest import Ask
from tests.citus.shard import Shard, cluster_url
from tests.citus.test_hosts import draft, place_of_each
from tests.messaging.inbox.keeping import catch_up
from tests.messaging.reads.told_world import TOLD_APART, make_told_world

pytestmark = [pytest.mark.citus, pytest.mark.timeout(600)]

BODY = "SELECT body FROM messaging_message m WHERE m.conversation_id = %(conversation)s"
NOWHERE = UUID(int=7)
MODES = ["block_writes", "force_logical"]


def counted(result: str) -> float:
    return metrics.SHARD_READS.labels(result)._value.get()


def forget() -> None:
    """What was read is read anew."""
    latest_pages.clear()
    logs.clear()


def bodies(conversation: Conversation) -> Callable[[], Steps[list[Any]]]:
    return lambda: query(f"{BODY} ORDER BY seq", {"conversation": conversation.pk})


def outcome(steps: Steps[Any]) -> Any:
    """What the reading answers, or the code of its refusal."""
    try:
        answer = yield from steps
    except Refusal as refusal:
        return refusal.code
    if isinstance(answer, Inbox):
        return answer.entries, answer.key, answer.people
    return answer


def all_readings(viewer: UUID, conversation: UUID, other: UUID) -> dict[str, Callable[[], Any]]:
    place: dict[str, Any] = {"conversation_id": conversation, "viewer_id": viewer}
    anchors = {
        "page": LATEST,
        "before": PageAnchor(before=6),
        "after": PageAnchor(after=2),
        "around": PageAnchor(around=4),
    }
    found: dict[str, Callable[[], Steps[Any]]] = {
        name: lambda anchor=anchor: history_page.steps(**place, anchor=anchor, limit=5)
        for name, anchor in anchors.items()
    }
    who: dict[str, Any] = {"role": None, "after": None, "limit": 50}
    asked = {"user_id": viewer, "after": None, "limit": 20}
    kinds = {
        "": Filters(),
        " left": Filters(left=True),
        " unread": Filters(unread=True),
        " archived": Filters(archived=True),
    }
    inboxes = {
        f"inbox{kind}": lambda filters=filters: list_inbox.steps(**asked, filters=filters)
        for kind, filters in kinds.items()
    }
    return (
        found
        | inboxes
        | {
            "message": lambda: get_message.steps(**place, seq=2),
            "changes": lambda: changes_since.steps(**place, since=0, limit=50),
            "receipts": lambda: list_receipts.steps(**place, seq=2, after=None, limit=50),
            "participants": lambda: list_participants.steps(**place, **who),
            "sync": lambda: sync.steps(viewer, {conversation: 1, other: 0, NOWHERE: 3}),
        }
    )


# -- the same answers


@pytest.fixture(params=["counters", "entries"])
def inbox(request: pytest.FixtureRequest, settings: Settings) -> str:
    settings.INBOX = request.param
    return str(request.param)


@pytest.mark.parametrize("kind", ["group", "public", "broadcast", "direct"])
def test_everybody_is_told_the_same(ask: Ask, kind: str, settings: Settings, inbox: str) -> None:
    """Who is inside, who left, who was never in; by Django, by Citus, and past it."""
    world = make_told_world(kind)
    world.live(TOLD_APART)
    stranger = make_person("Stranger")
    given = world.conversation
    leaver = world.people[2]
    if kind != "direct":
        leave(given, leaver)
        say(given, world.people[0], "after somebody left")
    others = [make_conversation(world.people[0], *world.people[1:3]) for _ in range(6)]
    for number, other in enumerate(others):
        say(other, world.people[number % 3], f"in number {number}")
    if inbox == "entries":
        assert catch_up().left == []
    before = {result: counted(result) for result in ("own", "moved", "failed")}
    for viewer in (*world.people[:3], stranger):
        for name, steps_of in all_readings(viewer.pk, given.pk, others[0].pk).items():
            forget()
            by_django = read(outcome(steps_of()))
            settings.SHARD_READS = False
            forget()
            by_citus = ask(lambda of=steps_of: outcome(of()))
            settings.SHARD_READS = True
            forget()
            past_citus = ask(lambda of=steps_of: outcome(of()))
            assert past_citus == by_citus == by_django, (viewer.name, name)
    assert counted("own") > before["own"] + 50
    assert (counted("moved"), counted("failed")) == (before["moved"], before["failed"])


def test_citus_finds_one_shard_for_what_goes_past_it(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """What a statement's text says of its shard (`shard_bindings`) is what Citus plans."""
    settings.INBOX = "entries"
    asked: dict[str, tuple[Any, Any]] = {}
    real = shard_trips.ShardTrips._ask_shards

    async def note(self: Any, node: int, queries: Any, found: Any) -> None:
        for each in queries:
            asked[each.query.sql] = each.params, each.binding
        await real(self, node, queries, found)

    monkeypatch.setattr(shard_trips.ShardTrips, "_ask_shards", note)
    world = make_told_world("group")
    world.live(TOLD_APART)
    other = make_conversation(*world.people[:2])
    say(other, world.people[1], "seen by the first")
    assert catch_up().left == []
    for steps_of in all_readings(world.people[0].pk, world.id, other.pk).values():
        forget()
        ask(lambda of=steps_of: outcome(of()))
    bound = {sql: it for sql, it in asked.items() if it[1].parameter or it[1].group == COPIED}
    assert len(bound) >= 12
    with psycopg.connect(cluster_url(), autocommit=True) as raw:
        for sql, (params, binding) in bound.items():
            text, names = native(f"EXPLAIN (COSTS off) {sql}")
            rows = psycopg.RawCursor(raw).execute(text, [params[name] for name in names]).fetchall()
            plan = "\n".join(row[0] for row in rows)
            if binding.group == COPIED and "Citus" not in plan:
                continue  # the coordinator's own copy
            assert "Task Count: 1" in plan, (sql, plan)
            assert "Subplan" not in plan, (sql, plan)


# -- shards that are elsewhere


@pytest.fixture
def talk(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> tuple[User, Conversation, Shard]:
    """A conversation with a message, where nothing but a read that fails finds out what moves."""
    owner = make_person("Olga")
    conversation = next(iter(place_of_each(owner).values()))
    say(conversation, owner, "one")
    shard = Shard(conversation)
    assert ask(bodies(conversation)) == [("one",)]
    assert nodes.own_tables(nodes.of(conversation.pk)) is not None
    monkeypatch.setattr(nodes, "_renew_at", float("inf"))
    monkeypatch.setattr(nodes, "renew", lambda: None)
    return owner, conversation, shard


@pytest.mark.parametrize("mode", MODES)
def test_what_was_moved_away_is_not_read_where_it_was(
    ask: Ask, talk: tuple[User, Conversation, Shard], mode: str
) -> None:
    owner, conversation, shard = talk
    moved, own = counted("moved"), counted("own")
    shard.move(mode)
    say(conversation, owner, "two")
    assert shard.in_table_at(shard.away) == ["one"]  # it is still there, and not right
    assert ask(bodies(conversation)) == [("one",), ("two",)]
    assert (counted("moved"), counted("own")) == (moved + 1, own)


def test_what_came_back_is_another_table(ask: Ask, talk: tuple[User, Conversation, Shard]) -> None:
    """The map of before knows the same name and number at the same node."""
    owner, conversation, shard = talk
    known = nodes.own_tables(nodes.of(conversation.pk))
    assert known is not None
    shard.move("block_writes")
    say(conversation, owner, "two")
    shard.drop_what_was_left()
    shard.move("block_writes")
    nodes.keep_own_tables(nodes.of(conversation.pk), known)
    moved = counted("moved")
    assert ask(bodies(conversation)) == [("one",), ("two",)]
    assert counted("moved") == moved + 1


def test_a_table_that_is_gone_is_asked_of_citus(
    ask: Ask, talk: tuple[User, Conversation, Shard]
) -> None:
    owner, conversation, shard = talk
    failed = counted("failed")
    shard.move("block_writes")
    say(conversation, owner, "two")
    shard.drop_what_was_left()
    with pytest.raises(psycopg.errors.UndefinedTable):
        shard.in_table_at(shard.away)
    assert ask(bodies(conversation)) == [("one",), ("two",)]
    assert counted("failed") == failed + 1


def test_while_a_move_is_not_committed_everywhere_its_shard_is_asked_of_citus(
    ask: Ask, talk: tuple[User, Conversation, Shard]
) -> None:
    """The coordinator may have committed what is only prepared at the worker, and writes may go
    elsewhere already. One that was given up changes nothing."""
    _, conversation, shard = talk
    with shard.worker(shard.home) as raw:
        raw.execute("SET citus.enable_metadata_sync TO off")
        raw.execute("BEGIN")
        raw.execute("UPDATE pg_dist_placement SET groupid = 77 WHERE shardid = %s", [shard.number])
        raw.execute("PREPARE TRANSACTION 'a_move'")
        try:
            moved, own = counted("moved"), counted("own")
            assert ask(bodies(conversation)) == [("one",)]
            assert (counted("moved"), counted("own")) == (moved + 1, own)
        finally:
            raw.execute("ROLLBACK PREPARED 'a_move'")
    nodes._asked_at.clear()
    assert ask(bodies(conversation)) == [("one",)]
    assert (counted("moved"), counted("own")) == (moved + 1, own + 1)


def test_a_worker_with_shards_cannot_be_disabled(talk: tuple[User, Conversation, Shard]) -> None:
    """So there is none whose copies of reference tables are behind while it is read."""
    _, _, shard = talk
    with shard.coordinator() as raw, pytest.raises(psycopg.Error, match="cannot remove or disable"):
        raw.execute("SELECT citus_disable_node(%s, %s, true)", shard.home)


# -- all at once


@pytest.mark.parametrize("mode", MODES)
def test_people_read_what_they_wrote_while_shards_move(ask: Ask, mode: str) -> None:
    """Everybody asks for their message as soon as it is acknowledged."""
    owner, member = make_person("Olga"), make_person("Mia")
    places = [*place_of_each(owner, member).values(), make_direct(owner, member)]
    before = {result: counted(result) for result in ("own", "moved")}
    written = asyncio.run(write_and_read(places, owner, member, mode))
    assert min(written) > 10
    assert counted("own") > before["own"] + sum(written)
    assert counted("moved") > before["moved"]


async def write_and_read(
    places: list[Conversation], owner: User, member: User, mode: str
) -> list[int]:
    """How many messages each conversation got."""
    is_over = asyncio.Event()
    writer, pool = Writer(lambda publications: None), AsyncPool()

    async def talk(conversation: Conversation) -> int:
        number = 0
        while not is_over.is_set() or number < 10:
            number += 1
            text = f"number {number}"
            result = await writer.send(draft(conversation, owner, text), via="rest")
            assert result.refusal is None
            assert result.row is not None
            seq, rev = result.row["seq"], result.row["rev"]
            place: dict[str, Any] = {"conversation_id": conversation.pk, "viewer_id": member.pk}
            node = nodes.of(conversation.pk)
            forget()
            message, news, page, inbox = await asyncio.gather(
                pool.read(lambda: get_message.steps(**place, seq=seq), node=node),  # noqa: B023
                pool.read(
                    lambda: changes_since.steps(**place, since=rev - 1, limit=5),  # noqa: B023
                    node=node,
                ),
                pool.read(
                    lambda: history_page.steps(**place, anchor=LATEST, limit=20),  # noqa: B023
                    node=node,
                ),
                pool.read(
                    lambda: list_inbox.steps(
                        user_id=member.pk, after=None, limit=20, filters=Filters()
                    ),
                    node=nodes.next(),
                ),
            )
            assert message["content"] == text
            assert [it["content"] for it in news["results"]] == [text]
            assert page["results"][-1]["content"] == text
            (entry,) = (it for it in inbox.entries if it["id"] == str(conversation.pk))
            assert entry["lastMessage"]["content"] == text
            assert entry["unread"] == number
        return number

    talking = [asyncio.create_task(talk(each)) for each in places]
    shard = await asyncio.to_thread(Shard, places[0])
    for _ in range(4):
        await asyncio.sleep(0.5)
        await asyncio.to_thread(shard.move, mode)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(shard.drop_what_was_left)
    is_over.set()
    written = await asyncio.gather(*talking)
    await writer.stop()
    await pool.close()
    return written


# -- what goes the ordinary way


def test_off_everything_is_asked_of_citus(ask: Ask, settings: Settings) -> None:
    settings.SHARD_READS = False
    owner = make_person("Olga")
    conversation = make_conversation(owner)
    say(conversation, owner, "one")
    before = counted("own")
    assert ask(bodies(conversation)) == [("one",)]
    assert counted("own") == before


@pytest.mark.parametrize("is_base", [True, False], ids=["its own", "another"])
def test_a_connection_that_was_cut_costs_no_worker(ask: Ask, is_base: bool) -> None:
    """Whether the reading's own connection leads there or not."""
    owner = make_person("Olga")
    conversation = next(iter(place_of_each(owner).values()))
    say(conversation, owner, "one")
    worker = nodes.of(conversation.pk)
    shard = Shard(conversation)

    async def read_twice() -> list[Any]:
        pool, found = AsyncPool(), []
        base = worker if is_base else next(it for it in nodes._workers if it != worker)
        for _ in range(2):
            found.append(await pool.read(bodies(conversation), node=base))
            (kept,) = pool._open[worker]
            with shard.worker(shard.home) as raw:
                raw.execute(
                    "SELECT pg_terminate_backend(%s::int, 5000)", [kept.raw.info.backend_pid]
                )
        await pool.close()
        return found

    assert asyncio.run(read_twice()) == [[("one",)], [("one",)]]
    assert nodes.of(conversation.pk) == worker


def test_a_worker_that_is_lost_is_not_asked(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = make_person("Olga")
    conversation = next(iter(place_of_each(owner).values()))
    say(conversation, owner, "one")
    worker = nodes.of(conversation.pk)
    real = AsyncPool._connect

    async def connect(self: AsyncPool, node: int) -> Any:
        if node == worker:
            raise psycopg.OperationalError("refused")
        return await real(self, node)

    monkeypatch.setattr(AsyncPool, "_connect", connect)
    try:
        assert ask(bodies(conversation)) == [("one",)]
        assert nodes.of(conversation.pk) == COORDINATOR
    finally:
        nodes._away.clear()
