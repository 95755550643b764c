"""Pages of a log are compressed for who accepts it, on both paths alike, and nothing else is."""

import asyncio
import gzip
from typing import Any

import httpx
import pytest

from chatproject.asgi import PAGES
from chatproject.server.compression import LEAST, LONG, MOST_RANDOM, Compression

PAGE = "/v1/conversations/0/messages"
JSON = (b"Content-Type", b"application/json")


async def answer(
    body: bytes,
    *,
    path: str = PAGE,
    method: str = "GET",
    accepts: str = "gzip, br",
    status: int = 200,
    headers: Any = (JSON,),
    parts: int = 1,
) -> httpx.Response:
    """As a client reads it; `body` comes in so many parts."""
    sent: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        length = (b"Content-Length", str(len(body)).encode())
        start = {"type": "http.response.start", "status": status, "headers": [*headers, length]}
        await send(start)
        size = -(-len(body) // parts) or 1
        for place in range(parts):
            part = body[place * size : (place + 1) * size]
            more = place < parts - 1
            await send({"type": "http.response.body", "body": part, "more_body": more})

    async def send(message: Any) -> None:
        sent.append(message)

    accept = [(b"accept-encoding", accepts.encode())]
    scope = {"type": "http", "method": method, "path": path, "headers": accept}
    await Compression(application, PAGES)(scope, None, send)  # type: ignore[arg-type]
    content = b"".join(message["body"] for message in sent[1:])
    return httpx.Response(sent[0]["status"], headers=sent[0]["headers"], content=content)


@pytest.mark.parametrize("size", [LEAST, LONG + 1])
@pytest.mark.parametrize("parts", [1, 3])
async def test_a_page_is_compressed(size: int, parts: int) -> None:
    body = b'"%b"' % (b"x" * (size - 2))
    found = await answer(body, parts=parts, headers=[JSON, (b"ETag", b'"abc"')])
    assert found.headers["content-encoding"] == "gzip"
    assert found.headers["etag"] == 'W/"abc"'
    assert int(found.headers["content-length"]) < size / 10 + MOST_RANDOM
    assert found.content == body


@pytest.mark.parametrize(
    "how",
    [
        {"accepts": "identity"},
        {"accepts": "gzip;q=0, br"},
        {"accepts": "gzip; q=0.000"},
        {"status": 404},
        {"headers": [(b"Content-Type", b"text/html")]},
        {"method": "POST"},
        {"path": "/v1/conversations"},
        {"path": "/v1/conversations/0/messages/1"},
        {"path": "/v1/search"},
        {"path": "/"},
    ],
)
async def test_nothing_else_is(how: dict[str, Any]) -> None:
    body = b"x" * 10_000
    found = await answer(body, **how)
    assert "content-encoding" not in found.headers
    assert int(found.headers["content-length"]) == len(body)
    assert found.content == body


async def test_a_304_has_the_tag_of_the_answer_it_stands_for() -> None:
    for accepts, tag in (("gzip", 'W/"abc"'), ("identity", '"abc"')):
        found = await answer(b"", status=304, accepts=accepts, headers=[(b"ETag", b'"abc"')])
        assert found.headers["etag"] == tag
        assert found.headers["vary"] == "Accept-Encoding"


async def test_what_is_small_is_sent_as_it_is() -> None:
    found = await answer(b"x" * (LEAST - 1), headers=[JSON, (b"Vary", b"Accept, Cookie")])
    assert "content-encoding" not in found.headers
    assert found.headers["vary"] == "Accept, Cookie, Accept-Encoding"


async def test_the_same_page_has_many_lengths() -> None:
    """Else the length would tell whether a guess in it repeats what others wrote."""
    body = b"x" * LEAST
    found = await asyncio.gather(*(answer(body) for _ in range(60)))
    lengths = {int(each.headers["content-length"]) for each in found}
    assert len(lengths) > 10
    assert max(lengths) - min(lengths) <= MOST_RANDOM


def test_the_paths_are_those_of_one_conversation() -> None:
    for path in (PAGE, PAGE + "/", "/v1/conversations/0/changes"):
        assert PAGES.fullmatch(path)
    for path in ("/v1/conversations/0", "/v1/conversations/0/messages/5/thread", "/v1/sync"):
        assert not PAGES.fullmatch(path)


async def test_what_is_compressed_already_stays_as_it_is() -> None:
    body = gzip.compress(b"x" * 10_000_000)
    found = await answer(body, headers=[JSON, (b"Content-Encoding", b"gzip")])
    assert int(found.headers["content-length"]) == len(body)
    assert found.content == b"x" * 10_000_000
