"""Sockets that ask for much and take nothing cost the process little, and nobody else a turn."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect

from chatproject.core.api.json import dump, salvage
from chatproject.realtime.socket import Socket
from chatproject.realtime.websocket import CLOSE_NOT_AUTHENTICATED
from chatproject.server.fair_share import FairShare
from messaging.ws.frame_shares import SYNC_ANSWERS_EACH, FrameShares
from tests.journeys.stage import Person, Stage
from tests.realtime.scene import RecordingClient

LARGE = "\U0001f600" * 8_000  # 32 kB
MIB = 1024**2


# -- the shares of a person


class Asking:
    """Sockets that sync: how many of them are at what."""

    def __init__(self) -> None:
        self.shares = FrameShares(FairShare(running=1, waiting=1_000))
        self.answering, self.reading, self.most_reading = 0, 0, 0
        self.answered = 0

    async def sync(self, socket: Socket, *, answer: bytes = b'{"n":"answer"}') -> None:
        async with self.shares.one_answer(socket):
            self.answering += 1
            async with self.shares.one_sync(socket.user_id):
                self.reading += 1
                self.most_reading = max(self.most_reading, self.reading)
                await asyncio.sleep(0)
                self.reading -= 1
            self.answered += 1
            socket.write([answer])
        self.answering -= 1


def a_socket(person: UUID) -> tuple[RecordingClient, Socket]:
    client = RecordingClient()
    return client, Socket(client.send, user_id=person, sign_in_id=uuid4())


async def settle() -> None:
    for _ in range(200):
        await asyncio.sleep(0)


async def test_of_a_person_one_sync_is_read_and_few_answers_wait_for_clients() -> None:
    asking, mallory = Asking(), uuid4()
    clients = [a_socket(mallory) for _ in range(20)]
    for client, _ in clients:
        client.deaf.clear()
    tasks = [asyncio.create_task(asking.sync(socket)) for _, socket in clients]
    await settle()
    assert (asking.answered, asking.most_reading) == (SYNC_ANSWERS_EACH, 1)

    ann, anns = a_socket(uuid4())
    await asking.sync(anns)
    assert ann.heard == ["answer"]

    for client, _ in clients:
        client.deaf.set()
    await asyncio.gather(*tasks)
    assert all(client.heard == ["answer"] for client, _ in clients)
    assert asking.most_reading == 1


async def test_who_has_not_taken_an_answer_gets_no_other_one() -> None:
    asking = Asking()
    client, socket = a_socket(uuid4())
    client.deaf.clear()
    tasks = [asyncio.create_task(asking.sync(socket)) for _ in range(3)]
    await settle()
    answered = asking.answered
    client.deaf.set()
    await asyncio.gather(*tasks)
    assert answered <= len(tasks)
    socket.write([b'{"n":"event"}'])
    client.deaf.clear()
    socket.write([b'{"n":"event"}'])
    late = asyncio.create_task(asking.sync(socket))
    await settle()
    assert asking.answered == len(tasks)
    client.deaf.set()
    await late


async def test_a_client_that_has_gone_is_waited_for_by_nobody() -> None:
    asking, mallory = Asking(), uuid4()
    gone = [a_socket(mallory) for _ in range(SYNC_ANSWERS_EACH)]
    for client, _ in gone:
        client.deaf.clear()
    tasks = [asyncio.create_task(asking.sync(socket)) for _, socket in gone]
    await settle()
    for _, each in gone:
        each.close(4001, "gone")
    await asyncio.gather(*tasks)
    client, socket = a_socket(mallory)
    await asking.sync(socket)
    assert client.heard == ["answer"]


# -- over the wire


@asynccontextmanager
async def deaf(stage: Stage, person: Person) -> AsyncIterator[ClientConnection]:
    """A socket that takes little and then nothing."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect(("127.0.0.1", stage.server.port))
    headers = {"Authorization": f"Bearer {await person.token()}"}
    options: dict[str, Any] = {"compression": None, "max_size": None, "ping_interval": None}
    async with connect(
        stage.server.ws_url, sock=plain, additional_headers=headers, close_timeout=0.1, **options
    ) as connection:
        await connection.recv()
        connection.transport.pause_reading()
        yield connection
        connection.transport.abort()


async def test_60_sockets_that_sync_and_do_not_read(stage: Stage) -> None:
    mallory, ann, bob = await stage.people("Mallory", "Ann", "Bob")
    swamp, room = await stage.group(mallory), await stage.group(ann, bob)
    for _ in range(70):
        await mallory.rest.post("conversations", swamp, "messages", body={"content": LARGE})
    bobs = await stage.connect(bob)
    assert stage.server.process is not None
    process = psutil.Process(stage.server.process.pid)
    before = process.memory_info().rss
    async with AsyncExitStack() as held:
        sockets = [await held.enter_async_context(deaf(stage, mallory)) for _ in range(60)]
        frame = f'{{"type":"sync","ref":1,"conversations":{{"{swamp}":0}}}}'
        for each in sockets:
            for _ in range(3):
                await each.send(frame)
        for number in range(20):
            await ann.rest.post("conversations", room, "messages", body={"content": f"{number}"})
        await bobs.reads("19")
        assert process.memory_info().rss - before < 100 * MIB


async def test_a_socket_that_does_not_say_who_it_is_is_closed(stage: Stage) -> None:
    """After FIRST_FRAME_SECONDS; others are served meanwhile."""
    ann = await stage.person("Ann")
    async with AsyncExitStack() as held:
        silent = [await held.enter_async_context(stage.raw()) for _ in range(20)]
        assert (await stage.connect(ann)).chat
        codes = await asyncio.gather(*(each.close_code(seconds=60) for each in silent))
    assert set(codes) == {CLOSE_NOT_AUTHENTICATED}


async def test_an_answer_of_sync_is_bounded_and_goes_on(stage: Stage) -> None:
    ann = await stage.person("Ann")
    group = await stage.group(ann)
    for _ in range(70):
        await ann.rest.post("conversations", group, "messages", body={"content": LARGE})
    async with stage.raw(ann) as socket:
        await socket.next_of("hello")
        since, seqs, more = 0, list[int](), True
        while more:
            answer = await socket.asks({"type": "sync", "conversations": {group: since}})
            news = answer["conversations"][group]
            assert len(dump(answer)) < MIB
            seqs += [message["seq"] for message in news["results"]]
            since, more = news["throughRev"], news["more"]
    assert seqs[-70:] == list(range(seqs[-1] - 69, seqs[-1] + 1))
    assert len(seqs) == len(set(seqs)) >= 70


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("\\u0000", "invalid_input"),
        ("\\ud800", "malformed_json"),
        ("\\udc00 and so on", "malformed_json"),
    ],
)
async def test_a_frame_that_cannot_be_stored_is_refused_with_its_ref(
    stage: Stage, bad: str, code: str
) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    direct = await stage.direct(ann, bob)
    async with stage.raw(ann) as socket:
        await socket.next_of("hello")
        for kind in ("message.send", "message.edit"):
            await socket.send(
                f'{{"type":"{kind}","ref":"r7","conversationId":"{direct}","seq":1,'
                f'"content":"{bad}"}}'
            )
            refusal = await socket.next_of("error")
            assert (refusal["ref"], refusal["code"]) == ("r7", code)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"ref":"\\ud800"}',
        '{"ref":{"a":1},"x":"\\ud800"}',
        '{"ref":' + "9" * 5_000 + "}",
        '{"ref":' + "9" * 40 + "}",
        '{"a":' + "[" * 50_000,
        '{"a":' + "[" * 50_000 + "]" * 50_000 + ', "ref": 1}',
    ],
)
def test_what_cannot_be_read_or_written_again_is_no_ref(text: str) -> None:
    assert salvage(text, "ref") is None


def test_a_ref_is_found_beside_a_lone_surrogate() -> None:
    assert salvage('{"ref":7,"content":"\\ud800"}', "ref") == 7
