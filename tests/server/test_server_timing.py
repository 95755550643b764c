"""How long an answer took is told to operators who ask for it, and to nobody else."""

import re
from typing import Any

import pytest

from chatproject.server.request_ids import IS_HOT, RequestIds


async def headers_of(scope: dict[str, Any]) -> dict[bytes, bytes]:
    told: dict[bytes, bytes] = {}

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/hot":
            scope[IS_HOT] = True
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})

    async def send(message: Any) -> None:
        told.update(message["headers"])

    await RequestIds(application)(scope, None, send)  # type: ignore[arg-type]
    return told


def scope_of(path: str) -> dict[str, Any]:
    return {"type": "http", "method": "GET", "path": path, "headers": []}


@pytest.mark.parametrize(("path", "ending"), [("/hot", ';desc="hot path"'), ("/x", "")])
async def test_an_answer_says_how_long_it_took_and_by_which_path(
    settings: Any, path: str, ending: str
) -> None:
    settings.SERVER_TIMING = True

    told = await headers_of(scope_of(path))

    assert re.fullmatch(rf"total;dur=\d+\.\d{ending}", told[b"server-timing"].decode())


async def test_by_default_it_says_nothing(settings: Any) -> None:
    assert b"server-timing" not in await headers_of(scope_of("/hot"))
