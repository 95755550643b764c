"""Frames as bytes on the line: however they are cut, and whatever stands between them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from chatproject.realtime.protocol import missing_names, require_names
from chatproject.realtime.websocket import CLOSE_GOING_AWAY
from tests.benchmarks.wire import CLOSE, PING, PONG, TEXT, client_frame, handshake
from tests.journeys.stage import PATIENCE, Person, Stage, history, texts
from tests.servers import ServerProcess

CONTINUATION = 0x80
UNFINISHED_TEXT = TEXT & ~0x80
PROTOCOL_ERROR, NO_UTF_8 = 1002, 1007


class Line:
    """A connection that says what it is told to, byte by byte, and reads frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.say = writer.write
        self.flush = writer.drain

    async def next(self) -> tuple[int, bytes]:
        async with asyncio.timeout(PATIENCE):
            opcode, size = await self._reader.readexactly(2)
            if size == 126:
                size = int.from_bytes(await self._reader.readexactly(2), "big")
            elif size == 127:
                size = int.from_bytes(await self._reader.readexactly(8), "big")
            return opcode, await self._reader.readexactly(size)

    async def answered(self, number: int) -> list[str]:
        """The refs of the next answers, in their order, and the payloads of pongs."""
        said: list[str] = []
        while len(said) < number:
            opcode, payload = await self.next()
            if opcode == PONG:
                said.append(payload.decode())
            elif opcode == TEXT and "ref" in (frame := json.loads(payload)):
                said.append(frame["ref"])
        return said

    async def close_code(self) -> int:
        while True:
            opcode, payload = await self.next()
            if opcode == CLOSE:
                return int.from_bytes(payload[:2], "big")


@pytest.fixture
async def stage(server: ServerProcess) -> AsyncIterator[Stage]:
    async with Stage(server) as stage:
        yield stage


@asynccontextmanager
async def line_of(stage: Stage, person: Person, early: bytes = b"") -> AsyncIterator[Line]:
    """`early` is said before the server has answered the handshake."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.server.port)
    writer.write(handshake(stage.server.port, "/v1/ws", await person.token()) + early)
    await reader.readuntil(b"\r\n\r\n")
    line = Line(reader, writer)
    await line.next()  # hello
    try:
        yield line
    finally:
        writer.close()


async def until_read(writer: asyncio.StreamWriter, port: int) -> None:
    """Returns when the server has read what was said: uvicorn drops what comes with the request."""
    ends = f":{port:04X} 0100007F:{writer.get_extra_info('sockname')[1]:04X} "

    def is_read() -> bool:
        (line,) = (line for line in Path("/proc/net/tcp").read_text().splitlines() if ends in line)
        return line.split()[4].endswith(":00000000")

    deadline = time.monotonic() + PATIENCE
    while not is_read():
        assert time.monotonic() < deadline


def message(conversation: str, ref: str, content: str | None = None, **more: Any) -> bytes:
    frame = {"type": "message.send", "ref": ref, "conversationId": conversation}
    frame |= {"clientId": str(uuid4()), "content": content or ref} | more
    return json.dumps(frame, separators=(",", ":"), ensure_ascii=False).encode()


async def test_frames_that_come_byte_by_byte(stage: Stage) -> None:
    owner, member = await stage.people("Owner", "Member")
    room = await stage.group(owner, member)
    async with line_of(stage, member) as line:
        for byte in client_frame(message(room, "a")) + client_frame(message(room, "b" * 200)):
            line.say(bytes([byte]))
            await line.flush()
        assert await line.answered(2) == ["a", "b" * 200]
    assert texts(await history(owner, room)) == ["a", "b" * 200]


async def test_many_frames_in_one_piece_of_every_kind(stage: Stage) -> None:
    owner, member = await stage.people("Owner", "Member")
    room = await stage.group(owner, member)
    long = "ö" * 7_000
    backwards = json.dumps(dict(reversed(json.loads(message(room, "6")).items()))).encode()
    async with line_of(stage, member) as line:
        line.say(
            client_frame(message(room, "1"))
            + client_frame(b"still there?", PING)
            + client_frame(message(room, "2", long))
            + client_frame(b'{"type":"ping","ref":"3"}')
            + client_frame(message(room, "4", ""))  # says its ref
            + client_frame(message("no id", "5"))
            + client_frame(backwards)
            + client_frame(message(room, "7"))
        )
        said = await line.answered(8)
    assert sorted(said) == ["1", "2", "3", "4", "5", "6", "7", "still there?"]
    assert [ref for ref in said if ref in "12467"] == ["1", "2", "4", "6", "7"]
    assert texts(await history(owner, room)) == ["1", long, "4", "6", "7"]


async def test_a_message_in_parts_and_one_behind_it(stage: Stage) -> None:
    owner, member = await stage.people("Owner", "Member")
    room = await stage.group(owner, member)
    whole = message(room, "in parts")
    async with line_of(stage, member) as line:
        line.say(client_frame(message(room, "before")))
        line.say(client_frame(whole[:40], UNFINISHED_TEXT) + client_frame(b"between", PING))
        line.say(client_frame(whole[40:], CONTINUATION))
        line.say(client_frame(message(room, "behind")))
        said = await line.answered(4)
    assert [ref for ref in said if ref != "between"] == ["before", "in parts", "behind"]
    assert texts(await history(owner, room)) == ["before", "in parts", "behind"]


@pytest.mark.parametrize("cut", [1, 2, 3, 5, 9, 60])
async def test_who_speaks_before_the_handshake_is_over(stage: Stage, cut: int) -> None:
    owner, member = await stage.people("Owner", "Member")
    room = await stage.group(owner, member)
    frame = client_frame(message(room, "early"))
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.server.port)
    writer.write(handshake(stage.server.port, "/v1/ws", await member.token()))
    await until_read(writer, stage.server.port)
    writer.write(frame[:cut])
    await reader.readuntil(b"\r\n\r\n")
    line = Line(reader, writer)
    await line.next()
    line.say(frame[cut:] + client_frame(message(room, "late")))
    assert await line.answered(2) == ["early", "late"]
    writer.close()


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (b"\x81\x02{}", PROTOCOL_ERROR),  # not masked
        (b"\xc1\x82\0\0\0\0{}", PROTOCOL_ERROR),  # a reserved bit
        (client_frame(b"{}", CONTINUATION), PROTOCOL_ERROR),  # of nothing
        (client_frame(b'{"type":"message.send","content":"\xff"}'), NO_UTF_8),
    ],
)
async def test_what_breaks_the_protocol_is_refused_by_its_code(
    stage: Stage, broken: bytes, code: int
) -> None:
    (outsider,) = await stage.people("Outsider")
    async with line_of(stage, outsider) as line:
        behind = client_frame(b"still there?", PING) * 3
        line.say(client_frame(b'{"type":"ping"}') + broken + behind)
        assert await line.close_code() == code
        with pytest.raises(asyncio.IncompleteReadError):  # nothing is said behind the close
            await line.next()


async def test_an_outsider_is_refused_on_the_short_way_too(stage: Stage) -> None:
    owner, member, outsider = await stage.people("Owner", "Member", "Outsider")
    room = await stage.group(owner, member)
    async with line_of(stage, outsider) as line:
        line.say(client_frame(message(room, "let me in")))
        opcode, payload = await line.next()
        error = json.loads(payload)
        assert (opcode, error["type"], error["ref"]) == (TEXT, "error", "let me in")
        assert error["code"] == "conversation_not_found"
    assert texts(await history(owner, room)) == []


async def test_a_server_that_ends_says_come_back(data_dir: Path) -> None:
    env = {"SECRET_KEY": settings.SECRET_KEY}
    with ServerProcess(data_dir, env=env) as own:
        async with Stage(own) as stage:
            (person,) = await stage.people("Owner")
            async with line_of(stage, person) as line:
                assert await asyncio.to_thread(own.stop) == 0
                assert await line.close_code() == CLOSE_GOING_AWAY


def test_what_is_used_of_the_libraries_insides_is_there() -> None:
    assert missing_names(WebSocketsSansIOProtocol, ["queue", "close_sent", "shutdown"]) == []


def test_an_upgrade_that_renames_it_fails_at_import() -> None:
    class Renamed(WebSocketsSansIOProtocol):
        pass

    assert missing_names(Renamed, ["queue", "inbox", "drained"]) == ["drained", "inbox"]
    with pytest.raises(ImportError, match=r"Renamed has no inbox in this release"):
        require_names(Renamed, "queue", "inbox")
