"""Old state and events are fresh state, whatever the line does and whatever three people do."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chatproject.client import Event, Refused
from tests.journeys.cable import Cable
from tests.journeys.stage import Person, RecordingClient, Stage, entry, history, holds

EMOJIS = ("👍", "🎉", "🦆")
# What of a message is the same for everybody; the rest stands beside it for the one who asks.
SHARED = ("seq", "senderId", "kind", "content", "meta", "editedAt", "deletedAt", "reactions")


class Mirror:
    """A conversation as it follows from what was read once and from the events after it."""

    def __init__(self, conversation: dict[str, Any], messages: list[dict[str, Any]]) -> None:
        self.id = conversation["id"]
        self.title = conversation["name"]
        self.messages = {message["seq"]: message for message in messages}
        self.rev = 0
        self.knows_newest = False  # until then a message that is new and changed may come as either

    def take(self, event: Event) -> None:
        if event.conversation_id != self.id or event.message is None:
            return
        message = dict(event.message)
        assert event.rev is not None
        assert event.rev > self.rev, "an event came twice, or out of order"
        self.rev = event.rev
        if self.knows_newest and event.type != "message.deleted":
            assert (event.type == "message.created") == (message["seq"] not in self.messages)
        self.knows_newest |= event.type == "message.created" and not event.resumed
        self.messages[message["seq"]] = message
        if (message["meta"] or {}).get("event") == "conversation.renamed":
            self.title = message["meta"]["title"]

    def state(self) -> dict[int, dict[str, Any]]:
        return {seq: shared(message) for seq, message in sorted(self.messages.items())}


def shared(message: dict[str, Any]) -> dict[str, Any]:
    return {key: message[key] for key in SHARED}


class Actor:
    """Somebody who does one thing after the other, over REST or the socket."""

    def __init__(
        self, person: Person, client: RecordingClient, conversation: str, chance: random.Random
    ):
        self.person, self.client, self.chance = person, client, chance
        self.conversation = conversation
        self.own: list[int] = []
        self.seen: list[int] = []

    async def act(self, others: "list[Actor]") -> None:
        actions: list[Callable[[], Awaitable[Any]]] = [
            self.send,
            self.send,
            self.send,
            self.edit,
            self.delete,
            self.react,
            self.unreact,
            self.rename,
            self.pin,
        ]
        self.seen = [seq for actor in others for seq in actor.own]
        try:
            await self.chance.choice(actions)()
        except Refused as refused:
            if refused.code not in ("message_deleted", "not_the_sender"):
                raise

    async def send(self) -> None:
        text = f"{self.person.name} {self.chance.random()}"
        if self.chance.random() < 0.5:
            message = await self.client.chat.send(self.conversation, text)
        else:
            message = await self.rest("POST", "messages", body={"content": text})
        self.own.append(message["seq"])

    async def edit(self) -> None:
        if self.own:
            seq, text = self.chance.choice(self.own), f"edited {self.chance.random()}"
            await self.client.chat.edit(self.conversation, seq, text)

    async def delete(self) -> None:
        if self.own and self.chance.random() < 0.3:
            await self.rest("DELETE", "messages", self.chance.choice(self.own))

    async def react(self) -> None:
        if self.seen:
            seq, emoji = self.chance.choice(self.seen), self.chance.choice(EMOJIS)
            await self.client.chat.react(self.conversation, seq, emoji)

    async def unreact(self) -> None:
        if self.seen:
            seq, emoji = self.chance.choice(self.seen), self.chance.choice(EMOJIS)
            await self.rest("DELETE", "messages", seq, "reactions", emoji)

    async def rename(self) -> None:
        body = {"name": f"Title {self.chance.randrange(1000)}"}
        await self.rest("PATCH", body=body)

    async def pin(self) -> None:
        if self.own:
            await self.rest("POST", "messages", self.chance.choice(self.own), "pin")

    async def rest(self, method: str, *path: object, **call: Any) -> Any:
        return await self.person.rest.call(
            method, "conversations", self.conversation, *path, **call
        )


async def play(stage: Stage, cable: Cable, *, seed: int, actions: int) -> None:
    chance = random.Random(seed)
    owner, member, other, observer = await stage.people("Owner", "Member", "Other", "Observer")
    group = await stage.group(owner, member, other, observer, name="Title")
    for person in (member, other):
        await owner.rest.patch(
            "conversations", group, "participants", person.id, body={"role": "admin"}
        )
    client = await stage.connect_all(owner, member, other)
    actors = [
        Actor(person, heard, group, chance)
        for person, heard in zip((owner, member, other), client, strict=True)
    ]
    watching = await stage.connect(observer, url=cable.url)
    mirror = Mirror(await entry(observer, group), await history(observer, group))

    async def act(actor: Actor) -> None:
        for _ in range(actions):
            await actor.act(actors)

    async def disturb() -> None:
        while True:
            await asyncio.sleep(chance.uniform(0.05, 0.4))
            cable.is_out = True
            cable.cut()
            await asyncio.sleep(chance.uniform(0.0, 0.3))
            cable.is_out = False

    disturbing = asyncio.create_task(disturb())
    await asyncio.gather(*map(act, actors))
    disturbing.cancel()
    cable.is_out = False

    rev = (await entry(observer, group))["rev"]
    await holds(lambda: is_level(watching, group, rev), "the observer did not come level")
    for event in watching.heard:
        mirror.take(event)
    fresh = {message["seq"]: shared(message) for message in await history(observer, group)}
    assert mirror.state() == fresh
    assert mirror.title == (await entry(observer, group))["name"]
    assert any(event.resumed for event in watching.heard), "the line was never cut"


async def is_level(client: RecordingClient, conversation: str, rev: int) -> bool:
    return client.chat.revs().get(conversation) == rev


async def test_old_state_and_events_are_fresh_state(stage: Stage, cable: Cable) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    await play(stage, cable, seed=seed, actions=60)


@pytest.mark.faults_long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(10))
async def test_again_with_other_seeds(stage: Stage, cable: Cable, seed: int) -> None:
    await play(stage, cable, seed=seed, actions=200)
