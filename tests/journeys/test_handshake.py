"""Who may open a socket: by header, first frame, ticket or browser session, and who may not."""

import re

import httpx
import pytest

from tests.journeys.stage import PASSWORD, Person, Raw, Stage
from tests.journeys.tokens import expired

NOT_AUTHENTICATED = 4500


async def refused(socket: Raw, code: str) -> None:
    error = await socket.next()
    assert (error["type"], error["code"]) == ("error", code)
    assert await socket.close_code() == NOT_AUTHENTICATED


async def welcomed(socket: Raw, person: Person) -> None:
    hello = await socket.next()
    assert (hello["type"], hello["userId"]) == ("hello", person.id)


async def test_bad_tokens_are_refused(stage: Stage) -> None:
    ann = await stage.person()
    access = await ann.token()
    for token, code in (
        ("", "invalid_token"),
        ("no.such.token", "invalid_token"),
        (access[:-3] + "abc", "invalid_token"),
        (expired(access), "token_expired"),
    ):
        async with stage.raw(Authorization=f"Bearer {token}") as socket:
            await refused(socket, code)


async def test_a_refresh_token_opens_nothing(stage: Stage) -> None:
    ann = await stage.person()
    answer = await ann.rest.post("users", "login", body={"email": ann.email, "password": PASSWORD})
    async with stage.raw(Authorization=f"Bearer {answer['refresh']}") as socket:
        await refused(socket, "invalid_token")


async def test_a_token_may_come_in_the_first_frame(stage: Stage) -> None:
    ann = await stage.person()
    async with stage.raw() as socket:
        await socket.send({"type": "auth", "token": await ann.token()})
        await welcomed(socket, ann)


@pytest.mark.parametrize(
    "frame",
    [
        '{"type":"ping"}',
        '{"type":"message.send","content":"x"}',
        '{"type":"auth"}',
        '{"type":"auth","token":7}',
        '{"type":"auth","token":"no.such.token"}',
        "no json",
        "[]",
        b'{"type":"auth"}',
    ],
)
async def test_anything_else_in_the_first_frame_is_refused(
    stage: Stage, frame: str | bytes
) -> None:
    async with stage.raw() as socket:
        await socket.send(frame)
        assert (await socket.next())["type"] == "error"
        assert await socket.close_code() == NOT_AUTHENTICATED


async def test_a_token_in_the_address_is_not_read(stage: Stage) -> None:
    ann = await stage.person()
    async with stage.raw(path=f"?token={await ann.token()}") as socket:
        await socket.send({"type": "ping"})
        await refused(socket, "not_authenticated")


async def test_a_ticket_opens_one_socket(stage: Stage) -> None:
    ann = await stage.person()
    ticket = (await ann.rest.post("tickets"))["ticket"]
    async with stage.raw(path=f"?ticket={ticket}") as socket:
        await welcomed(socket, ann)
    for used in (ticket, "made-up"):
        async with stage.raw(path=f"?ticket={used}") as socket:
            await refused(socket, "invalid_ticket")


async def test_a_browser_session_opens_sockets_from_our_own_pages_only(stage: Stage) -> None:
    ann = await stage.person()
    own = stage.server.base_url
    cookie = await browser_session(own, ann)
    async with stage.raw(Cookie=cookie, Origin=own) as socket:
        await welcomed(socket, ann)
    port = stage.server.port
    for origin in (
        "https://evil.example",
        f"https://127.0.0.1:{port}",
        f"http://127.0.0.1:{port + 1}",
        f"http://127.0.0.1.evil.example:{port}",
        "null",
        None,
    ):
        headers = {"Origin": origin} if origin else {}
        async with stage.raw(Cookie=cookie, **headers) as socket:
            await refused(socket, "not_authenticated")


async def test_a_made_up_session_opens_nothing(stage: Stage) -> None:
    async with stage.raw(Cookie="sessionid=made-up", Origin=stage.server.base_url) as socket:
        await refused(socket, "signed_out")


async def browser_session(base_url: str, person: Person) -> str:
    """The Cookie header of somebody who has logged in by the form."""
    async with httpx.AsyncClient(base_url=base_url) as browser:
        page = await browser.get("/login")
        csrf, *_ = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        form = {"username": person.email, "password": PASSWORD, "csrfmiddlewaretoken": csrf}
        answer = await browser.post("/login", data=form, headers={"Referer": f"{base_url}/login"})
        assert answer.status_code == 302, answer.text
        return f"sessionid={browser.cookies['sessionid']}"
