"""An answer's head goes out with its body, and alone where there is nothing to wait for."""

import asyncio
from typing import Any

import pytest

from chatproject.server.answer_writes import AnswerTransport
from tests.serving import serving

LIMIT_SECONDS = 20


class Recorder:
    """A transport that notes what is written at once."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def writelines(self, parts: list[bytes]) -> None:
        self.written.append(b"".join(parts))

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def answer(recorder: Recorder) -> AnswerTransport:
    transport: Any = recorder
    return AnswerTransport(transport, asyncio.get_running_loop())


async def test_head_and_body_are_one_write(recorder: Recorder, answer: AnswerTransport) -> None:
    answer.write(b"head ")
    assert recorder.written == []
    answer.write(b"body")
    assert recorder.written == [b"head body"]
    answer.write(b"more")
    await asyncio.sleep(0)
    assert recorder.written == [b"head body", b"more"]


async def test_a_head_waits_for_no_later_turn(recorder: Recorder, answer: AnswerTransport) -> None:
    answer.write(b"head")
    await asyncio.sleep(0)
    assert recorder.written == [b"head"]
    answer.write(b"body")
    assert recorder.written == [b"head", b"body"]


async def test_an_empty_body_sends_the_head(recorder: Recorder, answer: AnswerTransport) -> None:
    answer.write(b"head")
    answer.write(b"")
    assert recorder.written == [b"head"]


async def test_closing_sends_the_head_first(recorder: Recorder, answer: AnswerTransport) -> None:
    answer.write(b"head")
    answer.close()
    await asyncio.sleep(0)
    assert (recorder.written, answer.is_closing()) == ([b"head"], True)


async def test_nothing_is_written_to_who_is_gone(
    recorder: Recorder, answer: AnswerTransport
) -> None:
    answer.write(b"head")
    recorder.close()
    await asyncio.sleep(0)
    assert recorder.written == []


# -- over a real connection


async def tell(scope: Any, receive: Any, send: Any) -> None:
    """Answers by the path: `/plain`, `/none` without a body, `/later` whose body waits for the
    client to send more of its own."""
    path = scope["path"]
    body = b"" if path == "/none" else path.encode()
    status = 304 if path == "/none" else 200
    length = [(b"content-length", b"%d" % len(body))]
    if path == "/later":
        await receive()
    await send({"type": "http.response.start", "status": status, "headers": length})
    if path == "/later":
        await receive()
    await send({"type": "http.response.body", "body": body})


def asking(path: bytes, method: bytes = b"GET", more: bytes = b"") -> bytes:
    return method + b" " + path + b" HTTP/1.1\r\nHost: x\r\n" + more + b"\r\n"


async def test_answers_to_requests_that_came_at_once_stay_in_their_order() -> None:
    requests = [asking(b"/plain", b"HEAD"), asking(b"/one"), asking(b"/none"), asking(b"/two")]
    requests.append(asking(b"/last", more=b"Connection: close\r\n"))
    async with serving(tell) as port, asyncio.timeout(LIMIT_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"".join(requests))
        said = await reader.read()
        writer.close()
    heads = [part.split(b"\r\n\r\n") for part in said.split(b"HTTP/1.1 ")[1:]]
    assert [(head[:3], body) for head, body in heads] == [
        (b"200", b""),
        (b"200", b"/one"),
        (b"304", b""),
        (b"200", b"/two"),
        (b"200", b"/last"),
    ]


async def test_a_head_comes_before_a_body_that_takes_its_time() -> None:
    body = b"Content-Length: 2\r\n"
    async with serving(tell) as port, asyncio.timeout(LIMIT_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(asking(b"/later", b"POST", body) + b"a")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.write(b"b")
        assert await reader.readexactly(len(b"/later")) == b"/later"
        writer.close()
