"""Who is there and who types, over real servers and the client library."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from chatproject.client import Refused
from tests.journeys.cable import Cable
from tests.journeys.stage import Person, RecordingClient, Stage, holds
from tests.redis_server import RedisServer
from tests.servers import ServerProcess


async def sees(client: RecordingClient, person: Person, status: str) -> None:
    """Returns when the client was told so."""
    await client.hears("presence.changed", partial(_says, person.id, status))


def _says(user_id: str, status: str, event: Any) -> bool:
    return (user_id, status) in [(it["userId"], it["status"]) for it in event.data["people"]]


async def status_of(viewer: RecordingClient, person: Person) -> str:
    (found,) = await viewer.chat.presence([person.id])
    return str(found["status"])


async def test_coming_being_away_and_going(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    await stage.direct(ann, bob)
    ann_client = await stage.connect(ann)
    (before,) = await ann_client.chat.watch([bob.id])
    assert before == {"userId": bob.id, "status": "offline", "lastSeenAt": None}
    bob_client = await stage.connect(bob)
    await sees(ann_client, bob, "online")
    assert await status_of(ann_client, bob) == "online"
    await bob_client.chat.set_status("away")
    await sees(ann_client, bob, "away")
    await bob_client.close()
    await sees(ann_client, bob, "offline")
    (after,) = await ann_client.chat.presence([bob.id])
    assert after["lastSeenAt"] is not None


async def test_strangers_and_hidden_ones_are_unknown(stage: Stage) -> None:
    ann, bob, eve = await stage.people("Ann", "Bob", "Eve")
    await stage.direct(ann, bob)
    hearers = await stage.connect_all(ann, bob, eve)
    states = await hearers[2].chat.watch([ann.id, bob.id])
    assert [state["status"] for state in states] == ["unknown", "unknown"]
    await holds(partial(is_online, hearers[0], bob))
    await hearers[0].chat.watch([bob.id])
    await bob.rest.patch("users", "me", body={"hidesPresence": True})
    await sees(hearers[0], bob, "unknown")


async def test_a_block_ends_it_at_once(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    await stage.direct(ann, bob)
    ann_client, bob_client = await stage.connect_all(ann, bob)
    await holds(partial(is_online, ann_client, bob))
    await ann_client.chat.watch([bob.id])
    await bob_client.chat.watch([ann.id])
    await bob.rest.post("blocks", body={"userId": ann.id})
    await sees(ann_client, bob, "unknown")
    await sees(bob_client, ann, "unknown")


async def is_online(viewer: RecordingClient, person: Person) -> bool:
    return await status_of(viewer, person) == "online"


async def test_leaving_ends_it(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    group = await stage.group(ann, bob)
    ann_client, bob_client = await stage.connect_all(ann, bob)
    await holds(partial(is_online, ann_client, bob))
    await ann_client.chat.watch([bob.id])
    await bob_client.chat.watch([ann.id])
    await bob.rest.post("conversations", group, "leave")
    await sees(ann_client, bob, "unknown")
    await sees(bob_client, ann, "unknown")


async def test_too_many_are_refused_and_change_nothing(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    await stage.direct(ann, bob)
    ann_client = await stage.connect(ann)
    await ann_client.chat.watch([bob.id])
    too_many = [f"01900000-0000-7000-8000-{n:012x}" for n in range(201)]
    with pytest.raises(Refused) as refusal:
        await ann_client.chat.request("presence.watch", userIds=too_many)
    assert refusal.value.code == "invalid_input"
    assert refusal.value.errors[0]["code"] == "too_many"
    await stage.connect(bob)
    await sees(ann_client, bob, "online")


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "presence.watch"},
        {"type": "presence.watch", "userIds": "x"},
        {"type": "presence.watch", "userIds": ["x"]},
        {"type": "presence.set"},
        {"type": "presence.set", "status": "offline"},
        {"type": "presence.set", "status": ["online"]},
        {"type": "typing.start"},
        {"type": "conversation.close", "conversationId": 1},
    ],
)
async def test_bad_frames_are_refused(stage: Stage, frame: dict[str, Any]) -> None:
    async with stage.raw(await stage.person()) as socket:
        answer = await socket.asks(frame)
        assert (answer["type"], answer["code"]) == ("error", "invalid_input")
        assert (await socket.asks({"type": "ping"}))["type"] == "pong"


async def test_what_is_watched_and_said_holds_after_a_loss(stage: Stage, cable: Cable) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    group = await stage.group(ann, bob)
    ann_client, bob_client = await stage.connect(ann, url=cable.url), await stage.connect(bob)
    await ann_client.chat.watch([bob.id])
    await ann_client.chat.set_status("away")
    await ann_client.chat.open(group)
    await holds(partial(is_away, bob_client, ann))
    ann_client.heard.clear()
    cable.cut()
    await ann_client.hears("presence.changed", lambda event: event.resumed)
    await holds(partial(is_away, bob_client, ann))
    await holds(partial(is_told_of_typing, ann_client, bob_client, group))


async def is_away(viewer: RecordingClient, person: Person) -> bool:
    return await status_of(viewer, person) == "away"


async def is_told_of_typing(
    client: RecordingClient, typist: RecordingClient, conversation: str
) -> bool:
    """Types until it is told: the other may not be back yet."""
    await typist.chat.typing(conversation)
    return "typing.started" in client.names


# -- typing


async def test_typing_is_told_to_who_has_it_open(stage: Stage) -> None:
    ann, bob, eve = await stage.people("Ann", "Bob", "Eve")
    group = await stage.group(ann, bob, eve)
    ann_client, bob_client, eve_client = await stage.connect_all(ann, bob, eve)
    await ann_client.chat.open(group)
    await bob_client.chat.open(group)
    await bob_client.chat.typing(group)
    event = await ann_client.hears("typing.started")
    assert (event.conversation_id, event.data["userId"]) == (group, bob.id)
    assert event.data["seconds"] > 0
    await bob_client.chat.send(group, "written")
    for client in (bob_client, eve_client):
        await client.reads("written")
        assert "typing.started" not in client.names


async def test_typing_is_for_who_may_post(stage: Stage) -> None:
    ann, bob, eve = await stage.people("Ann", "Bob", "Eve")
    direct, group = await stage.direct(ann, bob), await stage.group(ann)
    await bob.rest.post("blocks", body={"userId": ann.id})
    ann_client, eve_client = await stage.connect_all(ann, eve)
    for client, conversation, code in (
        (ann_client, direct, "blocked"),
        (eve_client, group, "conversation_not_found"),
    ):
        with pytest.raises(Refused) as refusal:
            await client.chat.typing(conversation)
        assert refusal.value.code == code


async def test_nothing_is_told_in_a_broadcast(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    broadcast = await stage.group(ann, bob, kind="broadcast")
    ann_client, bob_client = await stage.connect_all(ann, bob)
    await bob_client.chat.open(broadcast)
    await ann_client.chat.typing(broadcast)
    await ann_client.chat.send(broadcast, "posted")
    await bob_client.reads("posted")
    assert "typing.started" not in bob_client.names


# -- two processes with one Redis


@pytest.fixture
async def two_stages(tmp_path: Path) -> AsyncIterator[tuple[Stage, Stage]]:
    """Two servers on one database and one Redis, whose killed one is forgotten soon."""
    with RedisServer() as redis:
        env = {"RATE_LIMITS": "off", "SECRET_KEY": settings.SECRET_KEY, "REDIS_URL": redis.url}
        env["PRESENCE_TTL"] = "1.5"
        with ServerProcess(tmp_path / "one", env=env) as one:
            env["DATABASE_URL"] = one.database_url
            with ServerProcess(tmp_path / "two", env=env) as two:
                async with AsyncExitStack() as stack:
                    yield (
                        await stack.enter_async_context(Stage(one)),
                        await stack.enter_async_context(Stage(two)),
                    )


async def test_both_cross_processes_and_presence_ends_with_a_killed_one(
    two_stages: tuple[Stage, Stage],
) -> None:
    here, there = two_stages
    ann, bob = await here.people("Ann", "Bob")
    direct = await here.direct(ann, bob)
    ann_client = await here.connect(ann)
    await ann_client.chat.watch([bob.id])
    bob_client = await there.connect(bob)
    await sees(ann_client, bob, "online")
    await ann_client.chat.open(direct)
    await bob_client.chat.typing(direct)
    assert (await ann_client.hears("typing.started")).data["userId"] == bob.id
    await asyncio.to_thread(there.server.kill)
    await sees(ann_client, bob, "offline")
    (state,) = await ann_client.chat.presence([bob.id])
    assert state["lastSeenAt"] is not None
