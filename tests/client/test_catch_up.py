"""What was missed is asked for over the socket, a long gap by REST, until nothing is missing."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from chatproject.client.backoff import Backoff
from chatproject.client.buffer import Buffer
from chatproject.client.catch_up import CatchUp
from chatproject.client.errors import Refused
from chatproject.client.revs import Revs


class Server:
    """One conversation at rev `head`, whose changes show nothing; `refusals` come first."""

    def __init__(self, head: int, *refusals: str) -> None:
        self.head = head
        self.refusals = list(refusals)
        self.asked: list[str] = []

    async def request(self, type: str, fields: Mapping[str, Any]) -> Any:
        self.asked.append(type)
        if self.refusals:
            raise Refused(self.refusals.pop(), "not now")
        missing = self.head - fields["conversations"]["room"]
        news = {"reset": True} if missing > 200 else {"results": []}
        return {"conversations": {"room": {**news, "throughRev": self.head}}}

    async def call(self, method: str, *path: str, query: Mapping[str, int]) -> Any:
        self.asked.append(path[-1])
        through = min(query["since"] + query["limit"], self.head)
        return {"results": [], "throughRev": through, "more": through < self.head}


def catch_up(server: Server, *, since: int) -> dict[str, int]:
    revs = Revs({"room": since})
    revs.hello({"room": server.head})
    rest: Any = server
    work = CatchUp(server.request, rest, revs, Buffer(revs), Backoff(0.001, 0.002))
    asyncio.run(asyncio.wait_for(work.until_level(), 10))
    return revs.known()


def test_a_short_gap_is_one_frame() -> None:
    server = Server(5)
    assert catch_up(server, since=1) == {"room": 5}
    assert server.asked == ["sync"]


def test_a_long_gap_goes_on_by_pages() -> None:
    server = Server(1_000)
    assert catch_up(server, since=0) == {"room": 1_000}
    assert server.asked == ["sync"] + ["changes"] * 5


def test_what_fails_at_the_server_is_asked_again() -> None:
    server = Server(5, "internal_error", "unavailable")
    assert catch_up(server, since=1) == {"room": 5}
    assert server.asked == ["sync"] * 3


def test_what_the_server_will_never_answer_is_raised() -> None:
    with pytest.raises(Refused, match="invalid_input"):
        catch_up(Server(5, "invalid_input"), since=1)
