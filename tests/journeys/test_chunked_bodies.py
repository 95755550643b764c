"""Bodies that come in chunks, without a Content-Length, as programs send what they do not hold as a
whole, and as a proxy passes on what came over HTTP/2. Each is read like any other."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.journeys.stage import Person, Stage, entry, history, texts

JSON = "application/json"
UNTIL = "2099-01-31T09:30:00.000000Z"


async def in_parts(body: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


async def post(
    stage: Stage, person: Person, path: str, body: bytes, kind: str = JSON, size: int = 7
) -> Any:
    headers = {"Authorization": f"Bearer {await person.token()}", "Content-Type": kind}
    async with httpx.AsyncClient(base_url=f"{stage.server.base_url}/v1/", headers=headers) as http:
        answer = await http.post(path, content=in_parts(body, size))
    assert "Content-Length" not in answer.request.headers
    assert answer.status_code < 300, answer.text
    return answer.json()


@pytest.mark.parametrize("size", [1, 7, 64 * 1024])
async def test_a_message(stage: Stage, size: int) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    conversation = await stage.direct(ann, bob)
    body = '{"content": "in chunks, ü"}'.encode()
    for _ in range(2):
        await post(stage, ann, f"conversations/{conversation}/messages", body, size=size)
    assert texts(await history(bob, conversation)) == ["in chunks, ü"] * 2


async def test_what_is_optional_is_not_passed_over(stage: Stage) -> None:
    """To mute without a time is to mute for ever."""
    ann, bob = await stage.people("Ann", "Bob")
    conversation = await stage.direct(ann, bob)
    body = f'{{"until": "{UNTIL}"}}'.encode()
    await post(stage, ann, f"conversations/{conversation}/mute", body)
    assert (await entry(ann, conversation))["mutedUntil"] == UNTIL


async def test_a_file(stage: Stage) -> None:
    ann = await stage.person("Ann")
    content = bytes(range(256)) * 1000
    head = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    body = head + content + b"\r\n--B--\r\n"
    kind = "multipart/form-data; boundary=B"
    kept = await post(stage, ann, "attachments", body, kind, size=5000)
    assert (kept["name"], kept["size"]) == ("a.bin", len(content))
