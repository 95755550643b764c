"""Typing is told to the sockets that have the conversation open, and to no others."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from chatproject.realtime.bus import conversation_topic
from chatproject.realtime.bus.memory import MemoryBus
from chatproject.realtime.socket import Socket
from chatproject.realtime.typing import (
    MAX_OPEN,
    THROTTLE_SECONDS,
    TYPING_SECONDS,
    TypingNotifier,
)
from tests.realtime.scene import RecordingClient


class Stage:
    """TypingNotifier on a memory bus, whose clock the test moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.bus = MemoryBus()
        self.typing_notifier = TypingNotifier(self.bus, lambda: self.now)
        self.conversation = uuid4()

    def socket(
        self, *conversations: UUID, user_id: UUID | None = None
    ) -> tuple[RecordingClient, Socket]:
        """A socket that hears the conversation, and these."""
        client = RecordingClient()
        socket = Socket(client.send, user_id=user_id or uuid4(), sign_in_id=uuid4())
        socket.topics |= {conversation_topic(it) for it in (self.conversation, *conversations)}
        return client, socket

    async def types(self, person: UUID) -> bool:
        """Whether it was time to tell it."""
        if not self.typing_notifier.is_due(self.conversation, person):
            return False
        self.typing_notifier.tell(self.conversation, person)
        return True


async def told(client: RecordingClient, socket: Socket) -> list[str]:
    while socket._draining is not None:
        await socket._draining
    return [frame["userId"] for frame in client.frames]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    await stage.bus.start(stage.typing_notifier.deliver, lambda: None)
    yield stage
    await stage.bus.stop()


async def test_who_has_it_open_is_told(stage: Stage) -> None:
    (client, socket), typist = stage.socket(), uuid4()
    await stage.typing_notifier.open(socket, stage.conversation)
    await stage.types(typist)
    assert await told(client, socket) == [str(typist)]
    assert client.frames == [
        {
            "type": "typing.started",
            "conversationId": str(stage.conversation),
            "userId": str(typist),
            "seconds": TYPING_SECONDS,
        }
    ]


async def test_who_only_hears_the_conversation_is_not(stage: Stage) -> None:
    (client, socket), (_, other) = stage.socket(), stage.socket()
    await stage.typing_notifier.open(other, stage.conversation)
    await stage.types(uuid4())
    assert await told(client, socket) == []


async def test_ones_own_devices_are_not(stage: Stage) -> None:
    typist = uuid4()
    client, socket = stage.socket(user_id=typist)
    await stage.typing_notifier.open(socket, stage.conversation)
    await stage.types(typist)
    assert await told(client, socket) == []


async def test_who_has_left_is_not(stage: Stage) -> None:
    client, socket = stage.socket()
    await stage.typing_notifier.open(socket, stage.conversation)
    socket.topics.clear()  # as the hub does it
    await stage.types(uuid4())
    assert await told(client, socket) == []


async def test_who_has_closed_it_is_not(stage: Stage) -> None:
    client, socket = stage.socket()
    await stage.typing_notifier.open(socket, stage.conversation)
    await stage.typing_notifier.close(socket, stage.conversation)
    await stage.typing_notifier.close(socket, stage.conversation)
    await stage.types(uuid4())
    assert await told(client, socket) == []


async def test_typing_on_is_told_now_and_then(stage: Stage) -> None:
    (client, socket), typist, other = stage.socket(), uuid4(), uuid4()
    await stage.typing_notifier.open(socket, stage.conversation)
    assert await stage.types(typist)
    stage.now += THROTTLE_SECONDS - 0.1
    assert not await stage.types(typist)
    assert await stage.types(other)
    stage.now += 0.1
    assert await stage.types(typist)
    assert await told(client, socket) == [str(typist), str(other), str(typist)]
    assert TYPING_SECONDS > THROTTLE_SECONDS  # so that it does not flicker


async def test_a_process_listens_while_somebody_has_it_open(stage: Stage) -> None:
    sockets = [stage.socket()[1] for _ in range(2)]
    for socket in sockets:
        await stage.typing_notifier.open(socket, stage.conversation)
        await stage.typing_notifier.open(socket, stage.conversation)
    for socket in sockets:
        assert list(stage.bus._subscribers.values()) == [1]
        await stage.typing_notifier.leave(socket)
    assert not stage.bus._subscribers
    assert not stage.typing_notifier._open
    assert not stage.typing_notifier._sockets


async def test_the_first_opened_makes_room_for_one_too_many(stage: Stage) -> None:
    many = [uuid4() for _ in range(MAX_OPEN)]
    _, socket = stage.socket(*many)
    for conversation in (stage.conversation, many[0], *many):
        await stage.typing_notifier.open(socket, conversation)
    assert list(stage.typing_notifier._open[socket]) == many


async def test_what_was_told_long_ago_is_forgotten(stage: Stage) -> None:
    for _ in range(10_000):
        stage.typing_notifier.tell(stage.conversation, uuid4())
    stage.now += THROTTLE_SECONDS
    stage.typing_notifier.tell(stage.conversation, uuid4())
    assert len(stage.typing_notifier._told_at) == 1
