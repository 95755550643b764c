"""A page from Redis is the one that is read: by whom, after whatever, and whatever Redis does."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from redis import Redis

from accounts.models import User
from chatproject.core import metrics
from chatproject.core.db.async_pool import AsyncPool
from chatproject.core.errors import NotFound
from chatproject.realtime.bus import conversation_topic
from chatproject.realtime.redis_servers import server_for
from conversations.errors import ConversationNotFound
from conversations.models import Conversation
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.reactions import add_reaction
from messaging.log import writing
from messaging.maintenance.erasure import erase_messages
from messaging.maintenance.tombstones import leave_tombstones
from messaging.membership.change_conversation import change_conversation
from messaging.membership.members import leave_conversation
from messaging.models import Message
from messaging.reads.cache import latest_page, shared_pages
from messaging.reads.cache.latest_page import MAX_SENT_SINCE
from messaging.reads.cache.latest_page_cache import PAGE, latest_pages
from messaging.reads.cache.sealed_pages import name_of
from messaging.reads.history import PageAnchor, encoded_history_page
from tests.cast import make_conversation, make_person, say
from tests.conformance.worlds import MEMBERSHIP, make_changing_world
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.reads.shared_pages_stage import Stage, stage_of
from tests.messaging.reads.test_latest_page import _changes, page, read_page
from tests.messaging.reads.world import DEEDS, PEOPLE, Step, undone
from tests.redis_server import RedisServer
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch, settings: Any, redis: RedisServer) -> None:
    """The machine may be busy, and pages are written when a test says so."""
    monkeypatch.setattr(shared_pages, "ANSWER_SECONDS", 20.0)
    monkeypatch.setattr(shared_pages, "ROUND_SECONDS", 3600.0)
    settings.REDIS_URL = redis.url
    with redis.client() as client:
        client.flushall()


@pytest.fixture
def stage(redis: RedisServer) -> Iterator[Stage]:
    with stage_of([redis.url]) as stage:
        yield stage


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def counted(result: str) -> float:
    return float(metrics.REDIS_PAGE_CACHE.labels(result)._value.get())


def in_memory(result: str) -> float:
    return float(metrics.PAGE_CACHE.labels(result)._value.get())


def share(stage: Stage, scene: Scene, *texts: str) -> None:
    """The page with these texts by the owner lies in Redis, and is in no memory."""
    for text in texts:
        say(scene.conversation, scene.owner, text)
    page(scene.conversation, scene.member)
    stage.write()
    stage.new_process()


# -- a new process


def test_a_new_process_reads_no_messages(stage: Stage, scene: Scene) -> None:
    share(stage, scene, "one", "two", "three")
    before = counted("hit")
    with CaptureQueriesContext(connection) as asked:
        found = page(scene.conversation, scene.member)
    assert counted("hit") == before + 1
    assert len(asked) == 3  # who sees what, which database, names and hides
    assert not any("messaging_message " in each["sql"] for each in asked.captured_queries)
    assert found == read_page(scene.conversation, scene.member)
    assert [each["content"] for each in found["results"]] == ["one", "two", "three"]
    with CaptureQueriesContext(connection) as asked:
        assert page(scene.conversation, scene.member) == found
    assert len(asked) == 2


def test_without_it_the_new_process_reads_them(stage: Stage, scene: Scene) -> None:
    share(stage, scene, "one")
    shared_pages.install(None)
    with CaptureQueriesContext(connection) as asked:
        page(scene.conversation, scene.member)
    assert any("messaging_message " in each["sql"] for each in asked.captured_queries)


def test_the_event_loop_finds_it_too(stage: Stage, scene: Scene) -> None:
    share(stage, scene, "one", "two")
    place = {"conversation_id": scene.id, "viewer_id": scene.member.pk}

    async def read() -> dict[str, Any]:
        pool = AsyncPool(size=1)
        try:
            return await pool.read(
                lambda: encoded_history_page.steps(**place, anchor=PageAnchor(), limit=PAGE)
            )
        finally:
            await pool.close()

    before = counted("hit")
    found = stage.run(read())
    assert counted("hit") == before + 1
    assert [orjson.loads(each)["content"] for each in found["results"]] == ["one", "two"]


def test_what_was_sent_since_is_added(stage: Stage, scene: Scene) -> None:
    share(stage, scene, "one", "two")
    for n in range(3):
        say(scene.conversation, scene.admin, f"for <@{scene.member.pk}>, {n}")
    before = counted("completed")
    for viewer in (scene.member, scene.admin):
        assert page(scene.conversation, viewer) == read_page(scene.conversation, viewer)
    assert counted("completed") == before + 1


def test_who_sends_writes_it(stage: Stage, scene: Scene) -> None:
    say(scene.conversation, scene.owner, "one")
    page(scene.conversation, scene.member)
    stage.write()
    say(scene.conversation, scene.owner, "two")
    stage.write()
    stage.new_process()
    before = counted("hit")
    assert page(scene.conversation, scene.member) == read_page(scene.conversation, scene.member)
    assert counted("hit") == before + 1


def test_what_stops_writes_what_waits(redis: RedisServer, scene: Scene) -> None:
    with stage_of([redis.url]):
        say(scene.conversation, scene.owner, "one")
        page(scene.conversation, scene.member)
    with redis.client() as client:
        assert client.exists(name_of(scene.id))


# -- never stale


@pytest.mark.parametrize("limit", [3, PAGE])
def test_it_is_as_read_after_whatever_happens(stage: Stage, scene: Scene, limit: int) -> None:
    """Each change finds Redis with the page before it, and processes with nothing in memory."""
    for n in range(4):
        say(scene.conversation, (scene.member, scene.owner)[n % 2], f"message {n}")
    people = [scene.owner, scene.admin, scene.member, scene.leaver]
    found = counted("hit") + counted("completed")
    for change in _changes(scene):
        page(scene.conversation, scene.admin, limit)
        stage.write()
        stage.new_process()
        change()
        for viewer in people:
            stage.new_process()
            told = page(scene.conversation, viewer, limit)
            assert told == read_page(scene.conversation, viewer, limit)
    assert counted("hit") + counted("completed") > found


@hypothesis_settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    kind=st.sampled_from(("group", "public", "broadcast", "direct")),
    steps=st.lists(
        st.tuples(
            st.sampled_from(
                ("say", "say", "say", *(it for it in DEEDS if it != "follow"), *MEMBERSHIP)
            ),
            st.integers(0, PEOPLE - 1),
            st.integers(1, 30),
            st.integers(0, 3),
        ),
        min_size=10,
        max_size=30,
    ),
)
def test_random_lives(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, kind: str, steps: list[Step]
) -> None:
    live_and_check(stage, monkeypatch, kind, steps)


def test_a_life_finds_pages_in_each_way(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the property could not fail."""
    results = ("hit", "completed", "outdated")
    before, completed = [counted(result) for result in results], in_memory("completed")
    steps = [("say", 0, 1, 0), ("say", 1, 1, 0), ("react", 0, 1, 0), ("say", 1, 1, 0)] * 4
    live_and_check(stage, monkeypatch, "group", steps)
    assert all(counted(result) > old for result, old in zip(results, before, strict=True))
    assert in_memory("completed") > completed


def live_and_check(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, kind: str, steps: list[Step]
) -> None:
    """An old process that was told of nothing, and new ones, see what the database has."""
    with undone():
        world = make_changing_world(kind)
        for number, step in enumerate(steps):
            world.live([step])
            with monkeypatch.context() as patch:
                patch.setattr(latest_page, "is_in_cache", lambda limit: limit <= PAGE)
                old = [told(world.conversation, person) for person in world.people]
                if number % 3 == 0:
                    stage.write()
                memory = dict(latest_pages._pages)
                stage.new_process()
                new = [told(world.conversation, person) for person in world.people]
                latest_pages._pages.update(memory)
            read = [told(world.conversation, person) for person in world.people]
            assert old == read
            assert new == read


def told(conversation: Conversation, person: User) -> Any:
    try:
        return page(conversation, person)
    except NotFound:
        return None


def test_an_outsider_gets_none_of_it(stage: Stage, scene: Scene) -> None:
    share(stage, scene, "among us")
    before = counted("hit")
    with pytest.raises(ConversationNotFound):
        page(scene.conversation, scene.outsider)
    assert counted("hit") == before
    leave_conversation(conversation_id=scene.id, user_id=scene.leaver.pk)
    say(scene.conversation, scene.owner, "after")
    share(stage, scene)
    contents = [each["content"] for each in page(scene.conversation, scene.leaver)["results"]]
    assert "after" not in contents


def test_what_somebody_hides_is_hidden_to_them_alone(stage: Stage, scene: Scene) -> None:
    share(stage, scene, "one", "two")
    hide_message(conversation_id=scene.id, seq=1, user_id=scene.member.pk)
    assert [each["seq"] for each in page(scene.conversation, scene.member)["results"]] == [2]
    stage.new_process()
    assert [each["seq"] for each in page(scene.conversation, scene.admin)["results"]] == [1, 2]


# -- another database with the same revs


def test_a_table_that_was_made_anew_is_another_database(stage: Stage, scene: Scene) -> None:
    """As by `manage.py restore`: the same conversation and revs, with another message."""
    share(stage, scene, "before the restore")
    Message.objects.filter(conversation=scene.id).update(body="restored")
    assert page(scene.conversation, scene.member)["results"][0]["content"] == "before the restore"
    stage.new_process()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL conversations_conversation")
    assert page(scene.conversation, scene.member)["results"][0]["content"] == "restored"
    stage.write()
    stage.new_process()
    before = counted("hit")
    assert page(scene.conversation, scene.member)["results"][0]["content"] == "restored"
    assert counted("hit") == before + 1


# -- what lies in Redis


def test_texts_lie_there_encrypted_and_for_a_while(
    stage: Stage, scene: Scene, redis: RedisServer, settings: Any
) -> None:
    settings.REDIS_PAGE_CACHE_SECONDS = 90.0
    share(stage, scene, "a secret between us")
    with redis.client() as client:
        value = stage.kept(client, scene.id)
        assert len(value) > 300
        assert b"secret" not in value
        assert str(scene.owner.pk).encode() not in value
        assert 0 < client.pttl(name_of(scene.id)) <= 90_000


@pytest.mark.parametrize("how", ["delete", "edit", "retention", "erasure", "reaction"])
def test_a_change_drops_the_page(stage: Stage, scene: Scene, redis: RedisServer, how: str) -> None:
    share(stage, scene, "one", "two")
    page(scene.conversation, scene.member)
    older = latest_pages.peek(scene.id)
    assert older is not None
    change(scene, how)
    with redis.client() as client:
        assert len(stage.kept(client, scene.id)) < 100
        # A process that has not heard of it yet is late with the page of before.
        latest_pages.clear()
        latest_pages.put(scene.id, older, is_news=True)
        stage.write()
        assert len(stage.kept(client, scene.id)) < 100
        assert page(scene.conversation, scene.member) == read_page(scene.conversation, scene.member)
        stage.write()
        assert len(stage.kept(client, scene.id)) > 300


def change(scene: Scene, how: str) -> None:
    place = {"conversation_id": scene.id, "seq": 1, "user_id": scene.owner.pk}
    match how:
        case "delete":
            delete_message(**place)
        case "edit":
            edit_message(**place, body="other words")
        case "reaction":
            add_reaction(**place, emoji="👍")
        case "retention":
            with writing(scene.id) as log:
                leave_tombstones(log, [1], by=None)
        case "erasure":
            list(erase_messages(user_id=scene.owner.pk, conversation_id=scene.id))


def test_a_send_and_a_change_that_is_rolled_back_drop_nothing(
    stage: Stage, scene: Scene, redis: RedisServer
) -> None:
    share(stage, scene, "one")
    say(scene.conversation, scene.owner, "two")
    with transaction.atomic():
        edit_message(conversation_id=scene.id, seq=1, user_id=scene.owner.pk, body="no")
        transaction.set_rollback(True)
    change_conversation(conversation_id=scene.id, by=scene.owner.pk, title="Another title")
    with redis.client() as client:
        assert len(stage.kept(client, scene.id)) > 300


def test_commands_drop_it_too(stage: Stage, scene: Scene, redis: RedisServer) -> None:
    share(stage, scene, "one")
    shared_pages.install(None)
    change(scene, "delete")
    with redis.client() as client:
        assert len(stage.kept(client, scene.id)) < 100


def test_a_command_goes_on_without_redis(
    scene: Scene, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = RedisServer()
    settings.REDIS_URL = gone.url
    say(scene.conversation, scene.owner, "one")
    change(scene, "delete")
    assert gone.url in shared_pages._resting
    monkeypatch.setattr(shared_pages, "_client", lambda url: pytest.fail("it asks again"))
    change(scene, "erasure")
    assert not Message.objects.get(conversation=scene.id, seq=1).body


@pytest.mark.parametrize("what", ["noise", "short", "cut", "flipped", "swapped", "list", "number"])
def test_what_is_no_page_is_ignored(
    stage: Stage, scene: Scene, redis: RedisServer, what: str
) -> None:
    share(stage, scene, "ours")
    other = make_scene()
    share(stage, other, "theirs")
    with redis.client() as client:
        ours, name = stage.kept(client, scene.id), name_of(scene.id)
        match what:
            case "noise":
                client.set(name, b"\x00noise" * 200)
            case "short":
                client.set(name, ours[:40])
            case "cut":
                client.set(name, ours[:-1])
            case "flipped":
                client.set(name, ours[:-20] + bytes([ours[-20] ^ 1]) + ours[-19:])
            case "swapped":
                client.set(name, stage.kept(client, other.id))
            case "list":
                client.delete(name)
                client.rpush(name, "1")
            case "number":
                client.set(name, 7)
        before = counted("hit")
        found = page(scene.conversation, scene.member)
        assert [each["content"] for each in found["results"]] == ["ours"]
        assert counted("hit") == before
        eventually(stage.is_linked)
        latest_pages.put(scene.id, latest_pages.peek(scene.id), is_news=True)  # type: ignore[arg-type]
        stage.write()
        stage.new_process()
        assert page(scene.conversation, scene.member) == found


def test_another_secret_key_reads_none_of_it(stage: Stage, scene: Scene, settings: Any) -> None:
    share(stage, scene, "one")
    settings.SECRET_KEY = "another one of some length, for the pages alone"
    before = counted("hit"), counted("miss")
    assert page(scene.conversation, scene.member) == read_page(scene.conversation, scene.member)
    assert (counted("hit"), counted("miss")) == (before[0], before[1] + 1)


def test_what_a_process_writes_is_bounded(stage: Stage, redis: RedisServer, settings: Any) -> None:
    scenes = [make_scene() for _ in range(4)]
    share(stage, scenes[0], "x" * 4_000)
    with redis.client() as client:
        settings.REDIS_PAGE_CACHE_BYTES = 2 * len(stage.kept(client, scenes[0].id)) + 500
        for scene in scenes[1:]:
            share(stage, scene, "x" * 4_000)
        kept = [len(stage.kept(client, scene.id)) for scene in scenes]
        assert kept[:2] == [0, 0]
        assert all(kept[2:])
        assert stage.shared._written_bytes == sum(kept)


def test_a_large_page_is_not_written(
    stage: Stage, scene: Scene, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_pages, "MAX_BYTES", 5_000)
    share(stage, scene, "x" * 6_000)
    with redis.client() as client:
        assert stage.kept(client, scene.id) == b""


# -- Redis that does not answer


def test_redis_is_frozen(
    stage: Stage, scene: Scene, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first page waits for the given time, no other one does."""
    share(stage, scene, "one")
    monkeypatch.setattr(shared_pages, "ANSWER_SECONDS", 0.1)
    away = counted("away")
    redis.freeze()
    try:
        for _ in range(3):
            stage.new_process()
            told = page(scene.conversation, scene.member)
            assert told == read_page(scene.conversation, scene.member)
        assert counted("away") == away + 3
        assert not stage.is_linked()
        change(scene, "edit")
        say(scene.conversation, scene.owner, "two")
        stage.write()
    finally:
        redis.thaw()
    monkeypatch.setattr(shared_pages, "ANSWER_SECONDS", 20.0)
    eventually(stage.is_linked)
    stage.new_process()
    assert page(scene.conversation, scene.member) == read_page(scene.conversation, scene.member)


def test_redis_goes_and_comes_back_empty(scene: Scene) -> None:
    with RedisServer() as own, stage_of([own.url]) as stage:
        share(stage, scene, "one")
        own.kill()
        assert page(scene.conversation, scene.member) == read_page(scene.conversation, scene.member)
        own.start()
        eventually(stage.is_linked)
        share(stage, scene, "two")
        before = counted("hit")
        page(scene.conversation, scene.member)
        assert counted("hit") == before + 1


def test_several_servers_share_the_pages(redis: RedisServer) -> None:
    scenes = [make_scene(), make_scene()]
    places = [server_for(conversation_topic(scene.id), 2) for scene in scenes]
    while places[0] == places[1]:  # until the hash gives each another server
        scenes[1] = make_scene()
        places[1] = server_for(conversation_topic(scenes[1].id), 2)
    with RedisServer() as other:
        urls = sorted([redis.url, other.url])
        with stage_of(urls) as stage:
            for scene in scenes:
                share(stage, scene, "one")
            for scene, place in zip(scenes, places, strict=True):
                with Redis.from_url(urls[place]) as server:
                    assert server.keys("chat:page:*") == [name_of(scene.id).encode()]
            before = counted("hit")
            for scene in scenes:
                page(scene.conversation, scene.member)
            assert counted("hit") == before + 2


# -- pages in memory, to which others have sent


@pytest.fixture
def sent_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent goes by another process."""
    monkeypatch.setattr("messaging.sending.send.keep_sent", lambda *_: None)


@pytest.mark.usefixtures("sent_elsewhere")
def test_what_others_sent_is_added_to_the_page_in_memory(scene: Scene) -> None:
    say(scene.conversation, scene.owner, "one")
    page(scene.conversation, scene.member)
    completed, missed = in_memory("completed"), in_memory("miss")
    for number in (1, 2, MAX_SENT_SINCE):
        for n in range(number):
            say(scene.conversation, scene.admin, f"{n}")
        for viewer in (scene.member, scene.admin):
            assert page(scene.conversation, viewer) == read_page(scene.conversation, viewer)
    assert in_memory("completed") == completed + 3
    assert in_memory("miss") == missed


@pytest.mark.usefixtures("sent_elsewhere")
@pytest.mark.parametrize("what", ["edit", "reply", "reply in both", "system", "too many", "undo"])
def test_where_more_has_happened_what_has_changed_is_read(scene: Scene, what: str) -> None:
    say(scene.conversation, scene.owner, "one")
    page(scene.conversation, scene.member)
    completed = in_memory("completed")
    match what:
        case "edit":
            say(scene.conversation, scene.owner, "two")
            change(scene, "edit")
        case "reply":
            say(scene.conversation, scene.owner, "in a thread", thread_seq=1)
        case "reply in both":
            say(
                scene.conversation,
                scene.owner,
                "in both",
                thread_seq=1,
                also_to_conversation=True,
            )
        case "system":
            change_conversation(conversation_id=scene.id, by=scene.owner.pk, title="New")
        case "too many":
            for _ in range(MAX_SENT_SINCE + 1):
                say(scene.conversation, scene.owner)
        case "undo":
            say(scene.conversation, scene.owner, "two")
            delete_message(conversation_id=scene.id, seq=2, user_id=scene.owner.pk)
    assert page(scene.conversation, scene.member) == read_page(scene.conversation, scene.member)
    assert in_memory("completed") == completed + (what != "too many")


@pytest.mark.usefixtures("sent_elsewhere")
def test_a_trailing_reply_that_is_edited_is_no_message(scene: Scene) -> None:
    """The log ends with a reply that the page has not; then another reply changes the root."""
    say(scene.conversation, scene.owner, "root")
    say(scene.conversation, scene.owner, "reply", thread_seq=1)
    page(scene.conversation, scene.member)
    say(scene.conversation, scene.owner, "plain")
    edit_message(conversation_id=scene.id, seq=2, user_id=scene.owner.pk, body="changed")
    assert page(scene.conversation, scene.member) == read_page(scene.conversation, scene.member)
    say(scene.conversation, scene.owner, "plain again")
    completed = in_memory("completed")
    assert page(scene.conversation, scene.member) == read_page(scene.conversation, scene.member)
    assert in_memory("completed") == completed + 1


def test_it_is_off_where_its_size_is_none(settings: Any) -> None:
    assert shared_pages.are_on()
    settings.REDIS_PAGE_CACHE_BYTES = 0
    assert not shared_pages.are_on()
    settings.REDIS_PAGE_CACHE_BYTES, settings.REDIS_URL = 1, ""
    assert not shared_pages.are_on()


def test_a_page_that_waited_too_long_is_not_written(
    stage: Stage, scene: Scene, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mark that an older one must not replace lasts for longer."""
    assert shared_pages.WAITING_SECONDS < shared_pages.MARK_SECONDS
    monkeypatch.setattr(shared_pages, "WAITING_SECONDS", -1.0)
    share(stage, scene, "one")
    with redis.client() as client:
        assert stage.kept(client, scene.id) == b""


def test_more_than_can_wait_are_left_out(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_pages, "MOST_WAITING", 2)
    for _ in range(4):
        stage.shared.note(uuid4())
    assert len(stage.shared._waiting) == 2


def test_readers_of_a_public_one_find_it(stage: Stage) -> None:
    owner, reader = make_person("Olga"), make_person("Rita")
    public = make_conversation(owner, kind="public")
    say(public, owner)
    page(public, owner)
    stage.write()
    stage.new_process()
    before = counted("hit")
    assert page(public, reader) == read_page(public, reader)
    assert counted("hit") == before + 1
