"""What sockets are told of the people they watch; rounds and writes are made by hand."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from chatproject.core.errors import Unavailable
from chatproject.realtime.presence import presence as module
from chatproject.realtime.presence.memory import MemoryStore, Records
from chatproject.realtime.presence.presence import Presence
from chatproject.realtime.presence.store import State, Status
from chatproject.realtime.socket import Socket
from tests.realtime.scene import RecordingClient

ONLINE, AWAY, OFFLINE, UNKNOWN = Status.ONLINE, Status.AWAY, Status.OFFLINE, Status.UNKNOWN
NEVER = 3600.0  # seconds between the rounds that come by themselves


class DictPresenceQueries:
    """The contract of `PresenceQueries` over plain values."""

    def __init__(self) -> None:
        self.hidden: set[tuple[UUID, UUID]] = set()  # (viewer, person)
        self.kept: dict[UUID, datetime] = {}
        self.asked: list[int] = []  # for how many pairs rights were asked, each time
        self.is_away = False

    async def visible(self, lists: Mapping[UUID, Collection[UUID]]) -> set[tuple[UUID, UUID]]:
        if self.is_away:
            raise ConnectionError("the database is away")
        pairs = {(viewer, person) for viewer, people in lists.items() for person in people}
        self.asked.append(len(pairs))
        return pairs - self.hidden

    async def last_seen(self, user_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
        return {user_id: self.kept[user_id] for user_id in user_ids if user_id in self.kept}

    async def keep_last_seen(self, seen: Mapping[UUID, datetime]) -> None:
        self.kept |= seen


class AwayStore(MemoryStore):
    is_away = False

    async def states(self, user_ids: Collection[UUID]) -> dict[UUID, State]:
        if self.is_away:
            raise ConnectionError("away")
        return await super().states(user_ids)


class Viewer:
    """Somebody with a socket at one process."""

    def __init__(self, process: Presence, user_id: UUID | None = None) -> None:
        self.process = process
        self.client = RecordingClient()
        self.id = user_id or uuid4()
        self.socket = Socket(self.client.send, user_id=self.id, sign_in_id=uuid4())

    async def watch(self, *people: UUID) -> list[Status]:
        states = await self.process.watch(self.socket, people)
        return [states[person].status for person in people]

    def come(self, status: Status = ONLINE) -> None:
        self.process.put(self.socket, status)

    def go(self) -> None:
        self.process.leave(self.socket)

    async def hears(self) -> list[dict[str, Status]]:
        """What the socket was told since the last time, a mapping for each frame."""
        await drain(self.socket)
        frames, self.client.frames = self.client.frames, []
        return [{one["userId"]: one["status"] for one in frame["people"]} for frame in frames]


async def drain(socket: Socket) -> None:
    while socket._draining is not None:
        await socket._draining


@pytest.fixture
def queries() -> DictPresenceQueries:
    return DictPresenceQueries()


@pytest.fixture
def entries() -> Records:
    return {}


@pytest.fixture
async def make_process(
    queries: DictPresenceQueries, entries: Records
) -> AsyncIterator[Callable[..., Presence]]:
    started: list[Presence] = []

    async def make(*, grace: float = 0.0, ttl: float = 60.0) -> Presence:
        store = AwayStore(uuid4().hex, ttl=ttl, records=entries)
        process = Presence(store, queries, ttl=ttl, round_seconds=NEVER)
        process._devices._grace = grace
        await process.start()
        started.append(process)
        return process

    yield make
    for process in started:
        await process.stop()


@pytest.fixture
async def process(make_process: Any) -> Presence:
    made: Presence = await make_process()
    return made


async def turn(*processes: Presence) -> None:
    """Everything is written, then everything is told."""
    for process in processes:
        await process.write()
    for process in processes:
        await process.round()


async def test_coming_being_away_and_going_is_told(process: Presence) -> None:
    ann, bob = Viewer(process), Viewer(process)
    assert await ann.watch(bob.id) == [OFFLINE]
    for act, status in ((bob.come, ONLINE), (lambda: bob.come(AWAY), AWAY), (bob.go, OFFLINE)):
        act()
        await turn(process)
        assert await ann.hears() == [{str(bob.id): status}]
    await turn(process)
    assert await ann.hears() == []


async def test_the_answer_to_a_watch_is_how_they_are_now(process: Presence) -> None:
    ann, bob = Viewer(process), Viewer(process)
    bob.come(AWAY)
    await turn(process)
    assert await ann.watch(bob.id, ann.id) == [AWAY, OFFLINE]
    await turn(process)
    assert await ann.hears() == []


async def test_it_crosses_processes(make_process: Any) -> None:
    one, other = await make_process(), await make_process()
    ann, bob = Viewer(one), Viewer(other)
    await ann.watch(bob.id)
    bob.come()
    await turn(other, one)
    assert await ann.hears() == [{str(bob.id): ONLINE}]


async def test_a_person_with_two_devices_goes_with_the_last(make_process: Any) -> None:
    one, other = await make_process(), await make_process()
    ann, phone = Viewer(one), Viewer(one)
    laptop = Viewer(other, phone.id)
    phone.come()
    laptop.come()
    await turn(one, other)
    assert await ann.watch(phone.id) == [ONLINE]
    phone.go()
    await turn(one, other)
    assert await ann.hears() == []
    laptop.go()
    await other.write()
    await turn(one)
    assert await ann.hears() == [{str(phone.id): OFFLINE}]


async def test_all_changes_of_a_round_are_one_frame(process: Presence) -> None:
    ann, others = Viewer(process), [Viewer(process) for _ in range(50)]
    await ann.watch(*(other.id for other in others))
    for other in others:
        other.come()
    await turn(process)
    assert await ann.hears() == [{str(other.id): ONLINE for other in others}]


async def test_what_comes_and_goes_between_rounds_is_not_told(process: Presence) -> None:
    ann, bob = Viewer(process), Viewer(process)
    await ann.watch(bob.id)
    for _ in range(20):
        bob.come()
        await process.write()
        bob.go()
        await process.write()
    await process.round()
    assert await ann.hears() == []


async def test_a_phone_that_flaps_within_the_grace_stays_online(make_process: Any) -> None:
    process = await make_process(grace=NEVER)
    ann, bob = Viewer(process), Viewer(process)
    await ann.watch(bob.id)
    bob.come()
    await turn(process)
    assert await ann.hears() == [{str(bob.id): ONLINE}]
    for _ in range(20):
        bob.go()
        await turn(process)
        bob.come()
        await turn(process)
    assert await ann.hears() == []


async def test_ten_thousand_who_come_back_at_once_are_told_in_one_round(
    process: Presence, queries: DictPresenceQueries
) -> None:
    crowd = [uuid4() for _ in range(10_000)]
    viewers = [Viewer(process) for _ in range(50)]
    for n, viewer in enumerate(viewers):
        await viewer.watch(*crowd[n * 200 : (n + 1) * 200])
    queries.asked.clear()
    for person in crowd:
        process._devices.put(person, "phone", ONLINE)
    await turn(process)
    told = [await viewer.hears() for viewer in viewers]
    assert [len(frames) for frames in told] == [1] * 50
    assert {len(frames[0]) for frames in told} == {200}
    assert queries.asked == []  # the rights were asked for a moment ago


async def test_a_new_list_takes_the_place_of_the_old(process: Presence) -> None:
    ann, bob, eve = Viewer(process), Viewer(process), Viewer(process)
    await ann.watch(bob.id)
    await ann.watch(eve.id)
    bob.come()
    eve.come()
    await turn(process)
    assert await ann.hears() == [{str(eve.id): ONLINE}]
    await ann.watch()
    eve.go()
    await turn(process)
    assert await ann.hears() == []
    assert process._watchers.people == []


async def test_who_disconnects_watches_nobody(process: Presence) -> None:
    ann, bob = Viewer(process), Viewer(process)
    await ann.watch(bob.id)
    ann.go()
    assert process._watchers.people == []
    assert not process._watchers._by_viewer


async def test_what_another_socket_was_told_meanwhile_hides_nothing(process: Presence) -> None:
    """A state that a watch has read between two rounds is compared with what all were told."""
    ann, eve, bob = Viewer(process), Viewer(process), Viewer(process)
    await ann.watch(bob.id)
    await turn(process)
    bob.come()
    await process.write()
    assert await eve.watch(bob.id) == [ONLINE]
    bob.go()
    await turn(process)
    assert await ann.hears() == []
    assert await eve.hears() == [{str(bob.id): OFFLINE}]


# -- rights


async def test_who_may_not_see_is_told_nothing(
    process: Presence, queries: DictPresenceQueries
) -> None:
    ann, bob = Viewer(process), Viewer(process)
    queries.hidden.add((ann.id, bob.id))
    bob.come()
    await turn(process)
    assert await ann.watch(bob.id) == [UNKNOWN]
    bob.come(AWAY)
    await turn(process)
    assert await ann.hears() == []


@pytest.mark.parametrize("whose", ["viewer", "person"])
async def test_a_right_that_is_lost_ends_it_with_the_next_round(
    process: Presence, queries: DictPresenceQueries, whose: str
) -> None:
    ann, bob, eve = Viewer(process), Viewer(process), Viewer(process)
    bob.come()
    await turn(process)
    await ann.watch(bob.id)
    await eve.watch(bob.id)
    queries.hidden.add((ann.id, bob.id))
    process.invalidate_rights([ann.id if whose == "viewer" else bob.id])
    await process.round()
    assert await ann.hears() == [{str(bob.id): UNKNOWN}]
    bob.go()
    await turn(process)
    assert await ann.hears() == []
    assert await eve.hears() == [{str(bob.id): OFFLINE}]


async def test_a_right_that_is_gained_shows_with_the_next_round(
    process: Presence, queries: DictPresenceQueries
) -> None:
    ann, bob = Viewer(process), Viewer(process)
    queries.hidden.add((ann.id, bob.id))
    bob.come()
    await turn(process)
    await ann.watch(bob.id)
    queries.hidden.clear()
    process.on_rights_changed({"userIds": [str(bob.id)]})
    await process.round()
    assert await ann.hears() == [{str(bob.id): ONLINE}]


async def test_where_the_word_was_lost_old_rights_are_asked_again_before_telling(
    process: Presence, queries: DictPresenceQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = Viewer(process), Viewer(process)
    await ann.watch(bob.id)
    queries.hidden.add((ann.id, bob.id))
    monkeypatch.setattr(module, "RIGHTS_SECONDS", -1.0)
    bob.come()
    await turn(process)
    assert await ann.hears() == [{str(bob.id): UNKNOWN}]


async def test_a_doubt_within_a_round_hides_no_change(
    process: Presence, queries: DictPresenceQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = Viewer(process), Viewer(process)
    await ann.watch(bob.id)
    bob.come()
    settled = process._watchers.stale_rights

    def and_then_invalidated(*given: Any, **named: Any) -> Any:
        """The word of a change comes when the rights were asked for already."""
        lists = settled(*given, **named)
        process._watchers.invalidate_rights([bob.id])
        return lists

    with monkeypatch.context() as patch:
        patch.setattr(process._watchers, "stale_rights", and_then_invalidated)
        await turn(process)
    assert await ann.hears() == []
    await turn(process)
    assert await ann.hears() == [{str(bob.id): ONLINE}]


async def test_while_rights_cannot_be_asked_nothing_is_told(
    process: Presence, queries: DictPresenceQueries
) -> None:
    ann, bob = Viewer(process), Viewer(process)
    await ann.watch(bob.id)
    bob.come()
    process.on_rights_changed({"userIds": [str(bob.id)]})
    queries.is_away = True
    with pytest.raises(ConnectionError):
        await turn(process)
    assert await ann.hears() == []
    queries.is_away = False
    await turn(process)
    assert await ann.hears() == [{str(bob.id): ONLINE}]


# -- last seen


async def test_last_seen_is_kept_when_somebody_goes(
    process: Presence, queries: DictPresenceQueries
) -> None:
    bob = Viewer(process)
    bob.come()
    await turn(process)
    assert queries.kept == {}
    bob.go()
    await turn(process)
    assert set(queries.kept) == {bob.id}


async def test_a_heartbeat_writes_no_row(
    process: Presence, queries: DictPresenceQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = Viewer(process)
    bob.come()
    for _ in range(5):
        process._refreshed_at -= 1000.0  # another heartbeat is due
        await turn(process)
    assert queries.kept == {}
    process._kept_at -= module.KEEP_SECONDS
    await turn(process)
    assert set(queries.kept) == {bob.id}


async def test_everybody_is_kept_at_the_end(
    make_process: Any, queries: DictPresenceQueries
) -> None:
    process = await make_process()
    bob = Viewer(process)
    bob.come()
    await process.write()
    await process.stop()
    assert set(queries.kept) == {bob.id}


async def test_what_only_the_database_knows_is_told(
    process: Presence, queries: DictPresenceQueries
) -> None:
    ann, bob = Viewer(process), uuid4()
    queries.kept[bob] = datetime(2026, 1, 31, tzinfo=UTC)
    assert await process.watch(ann.socket, [bob]) == {bob: State(OFFLINE, queries.kept[bob])}


# -- what fails


async def test_entries_are_said_again_before_they_expire(
    make_process: Any, entries: Records
) -> None:
    process = await make_process(ttl=60.0)
    bob = Viewer(process)
    bob.come()
    await process.write()
    entries.clear()  # a Redis that was flushed
    await process.write()
    assert bob.id not in entries
    process._refreshed_at -= 60.0 / 3
    await process.write()
    assert bob.id in entries


async def test_a_store_that_is_away_refuses_a_watch_and_loses_no_news(process: Presence) -> None:
    ann, bob = Viewer(process), Viewer(process)
    await ann.watch(bob.id)
    process._store.is_away = True  # type: ignore[attr-defined]
    bob.come()
    with pytest.raises(Unavailable):
        await ann.watch(bob.id)
    with pytest.raises(ConnectionError):
        await turn(process)
    process._store.is_away = False  # type: ignore[attr-defined]
    await turn(process)
    assert await ann.hears() == [{str(bob.id): ONLINE}]
