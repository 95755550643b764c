"""Every frame of a socket, tried by everybody: who is not in the group is told nothing of it,
changes nothing, and is heard by nobody. A frame that is new has no fields here: think of it.

`test_matrix.py` does the same with the operations of the REST API.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from messaging.ws.frames import FRAMES
from tests.faults.test_ended_sign_ins import suspend
from tests.journeys.stage import PATIENCE, Person, Stage
from tests.servers import ServerProcess

SECRET = "the-secret-of-the-group"
# What is open nowhere is closed for anybody.
NOT_OF_A_CONVERSATION = {"auth", "presence.set", "presence.watch", "ping", "sync"}
NOT_OF_A_CONVERSATION |= {"conversation.close"}
# What those who left may still say: how far they have read what they saw.
OWN = {"receipt.read", "receipt.delivered", "thread.read", "conversation.open"}
REFUSALS = {"conversation_not_found", "message_not_found", "not_a_participant", "forbidden"}


@dataclass
class World:
    group: str
    seq: int  # of a message of the owner's, after two have left
    people: dict[str, Person]

    def frame(self, kind: str) -> dict[str, Any]:
        place = {"conversationId": self.group, "seq": self.seq}
        fields: dict[str, dict[str, Any]] = {
            "auth": {"token": "none"},
            "message.send": {"conversationId": self.group, "content": "from outside"},
            "message.edit": {**place, "content": "changed"},
            "message.delete": place,
            "reaction.add": {**place, "emoji": "👍"},
            "reaction.remove": {**place, "emoji": "🎉"},
            "receipt.read": place,
            "receipt.delivered": place,
            "thread.read": {**place, "threadSeq": self.seq},
            "conversation.open": {"conversationId": self.group},
            "conversation.close": {"conversationId": self.group},
            "typing.start": {"conversationId": self.group},
            "presence.set": {"status": "away"},
            "presence.watch": {"userIds": [self.people["owner"].id]},
            "sync": {"conversations": {self.group: 0}},
            "ping": {},
        }
        return {"type": kind, "ref": kind, **fields[kind]}


@pytest.fixture
async def stage(server: ServerProcess) -> AsyncIterator[Stage]:
    async with Stage(server) as stage:
        yield stage


@pytest.fixture
async def world(stage: Stage) -> World:
    names = ("owner", "member", "outsider", "leaver", "banned", "moderator")
    people = dict(zip(names, await stage.people(*names), strict=True))
    owner, inside = people["owner"], ("member", "leaver", "banned")
    group = await stage.group(owner, *(people[name] for name in inside))
    path = f"conversations/{group}"
    await people["leaver"].rest.post(f"{path}/leave", body={})
    await owner.rest.post(f"{path}/bans", body={"userId": people["banned"].id})
    sent = await owner.rest.post(f"{path}/messages", body={"content": SECRET})
    reaction = {"emoji": "🎉"}
    await owner.rest.post(f"{path}/messages/{sent['seq']}/reactions", body=reaction)
    stage.server.manage("create_moderator", people["moderator"].email)
    return World(group, sent["seq"], people)


async def heard(socket: ClientConnection, ref: str = "") -> list[dict[str, Any]]:
    """All frames up to the answer to a `ping` that is sent now, and to that of the ref."""
    await socket.send(json.dumps({"type": "ping", "ref": "the end"}))
    missing, frames = {"the end", ref} - {""}, []
    while missing:
        frames.append(json.loads(await asyncio.wait_for(socket.recv(), PATIENCE)))
        missing.discard(frames[-1].get("ref", ""))
    return [it for it in frames if it.get("ref") != "the end"]


async def tried(world: World, who: str, stage: Stage) -> dict[str, dict[str, Any]]:
    """The answer to each kind of frame, from a socket that knows nothing but the ids."""
    token = await world.people[who].token()
    given = {"Authorization": f"Bearer {token}"}
    answers = {}
    async with connect(stage.server.ws_url, additional_headers=given) as socket:
        assert json.loads(await socket.recv())["type"] == "hello"
        for kind in FRAMES:
            await socket.send(json.dumps(world.frame(kind)))
            frames = await heard(socket, kind)
            assert SECRET not in json.dumps(frames) or who in ("owner", "member"), kind
            answers[kind] = next((it for it in frames if it.get("ref") == kind), {})
    return answers


async def state(world: World) -> Any:
    """The log as its owner sees it, whole, and the conversation with how far each has read."""
    rest, path = world.people["owner"].rest, f"conversations/{world.group}"
    return [
        await rest.get(f"{path}/messages"),
        await rest.get(f"{path}/participants"),
        await rest.get(path),
    ]


async def test_who_is_not_in_the_group_gets_nowhere(stage: Stage, world: World) -> None:
    before = await state(world)
    async with stage.raw(world.people["member"]) as listener:
        await listener.next_of("hello")
        for who in ("outsider", "leaver", "banned", "moderator"):
            answers = await tried(world, who, stage)
            for kind in FRAMES.keys() - NOT_OF_A_CONVERSATION:
                if who in ("leaver", "banned") and kind in OWN:
                    continue
                assert answers[kind].get("type", "error") == "error", (who, answers[kind])
            for kind in ("message.send", "message.edit", "message.delete", "reaction.add"):
                assert answers[kind]["code"] in REFUSALS, (who, answers[kind])
        await asyncio.sleep(0.5)  # what somebody typed would come now
        assert [it for it in await heard(listener.connection) if "ref" not in it] == []
    assert await state(world) == before


async def test_a_member_changes_nothing_of_anothers_and_the_owner_gets_in(
    stage: Stage, world: World
) -> None:
    """The same frames are carried out for who may send them, so that a refusal means what it
    says."""
    answers = await tried(world, "member", stage)
    assert answers["message.send"]["type"] == "ack"
    assert SECRET in json.dumps(answers["sync"])
    for kind in ("message.edit", "message.delete"):
        assert answers[kind]["type"] == "error"
    assert SECRET in json.dumps((await state(world))[0])
    answers = await tried(world, "owner", stage)
    refused = {kind for kind, answer in answers.items() if answer.get("type") == "error"}
    # Somebody is signed in already; and what was deleted takes no reactions and has no thread.
    assert refused <= {"auth", "reaction.add", "reaction.remove", "thread.read"}, answers


async def test_who_is_suspended_has_no_socket(stage: Stage) -> None:
    person = await stage.person("Sue")
    group = await stage.group(person, name=SECRET)
    given = {"Authorization": f"Bearer {await person.token()}"}
    async with connect(stage.server.ws_url, additional_headers=given) as socket:
        assert group in json.loads(await socket.recv())["heads"]
        await suspend(person, stage.server)
        async with asyncio.timeout(PATIENCE):
            await socket.wait_closed()
    async with connect(stage.server.ws_url, additional_headers=given) as socket:
        first = json.loads(await socket.recv())
        assert (first["type"], group in json.dumps(first)) == ("error", False)


async def test_nothing_is_carried_out_before_somebody_is_signed_in(stage: Stage) -> None:
    nobody: Any = None
    world = World(str(UUID(int=1)), 1, {"owner": Person("", str(UUID(int=2)), "", nobody)})
    for kind in FRAMES:
        async with connect(stage.server.ws_url) as socket:
            await socket.send(json.dumps(world.frame(kind)))
            assert json.loads(await socket.recv())["type"] == "error"
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), PATIENCE)
