"""Log-out, a new password and a closed account end sockets within 5 s, and tokens at once."""

from collections.abc import Awaitable, Callable

import pytest

from chatproject.client import Closed, Refused, Rest, Tokens
from tests.journeys.stage import PASSWORD, Person, RecordingClient, Stage, history
from tests.journeys.test_handshake import browser_session

SIGNED_OUT = 4501
PROMISED = 5.0  # seconds until a socket has to be closed


class Device:
    """One more sign-in of a person, with a client on a socket."""

    def __init__(self, stage: Stage, person: Person, tokens: dict[str, str]) -> None:
        self.stage, self.person, self.tokens = stage, person, tokens
        pair = Tokens(tokens["access"], tokens["refresh"])
        self.rest = Rest(stage.server.base_url, tokens=pair)

    async def connect(self) -> RecordingClient:
        self.client = await self.stage.connect(self.person, token=self.tokens["access"])
        return self.client

    async def is_over(self) -> None:
        """The socket is closed for good, and neither token is good for anything."""
        await self.client.until(lambda: self.client.ending, "nothing ended", seconds=PROMISED)
        assert isinstance(self.client.ending, Closed)
        assert self.client.ending.close_code == SIGNED_OUT
        with pytest.raises(Closed):
            await self.client.chat.send(self.person.id, "too late")
        await self.tokens_are_over()

    async def tokens_are_over(self) -> None:
        for attempt in (
            self.rest.get("users", "me"),
            self.rest.post("users", "refresh", body={"refresh": self.tokens["refresh"]}),
        ):
            with pytest.raises(Refused) as refused:
                await attempt
            assert (refused.value.code, refused.value.status) == ("signed_out", 401)
        async with self.stage.raw(Authorization=f"Bearer {self.tokens['access']}") as socket:
            assert (await socket.next())["code"] == "signed_out"
            assert await socket.close_code() == 4500


@pytest.fixture
async def device(stage: Stage):  # type: ignore[no-untyped-def]
    """Makes devices, which are logged in and connected."""
    devices: list[Device] = []

    async def make(person: Person) -> Device:
        body = {"email": person.email, "password": PASSWORD}
        device = Device(stage, person, await person.rest.post("users", "login", body=body))
        devices.append(device)
        await device.connect()
        return device

    yield make
    for each in devices:
        await each.rest.close()


Make = Callable[[Person], Awaitable[Device]]


async def test_logging_out_ends_one_device_alone(stage: Stage, device: Make) -> None:
    ann = await stage.person()
    phone, laptop = await device(ann), await device(ann)
    notes = await stage.direct(ann, ann)
    await phone.rest.post("users", "logout")
    await phone.tokens_are_over()
    await phone.is_over()
    await laptop.client.chat.send(notes, "still here")
    assert (await laptop.rest.get("users", "me"))["id"] == ann.id


async def test_logging_out_everywhere_ends_all(stage: Stage, device: Make) -> None:
    ann = await stage.person()
    phone, laptop = await device(ann), await device(ann)
    await phone.rest.post("users", "logout", body={"everywhere": True})
    await phone.is_over()
    await laptop.is_over()


async def test_one_device_is_ended_from_another(stage: Stage, device: Make) -> None:
    ann = await stage.person()
    phone, laptop = await device(ann), await device(ann)
    listed = (await phone.rest.get("users", "me", "sign-ins"))["results"]
    (this,) = (it["id"] for it in listed if it["current"])
    for other in listed:
        if other["id"] != this:
            await phone.rest.delete("users", "me", "sign-ins", other["id"])
    await laptop.is_over()
    assert phone.client.ending is None


async def test_a_new_password_ends_all_and_gives_new_tokens(stage: Stage, device: Make) -> None:
    ann = await stage.person()
    phone, laptop = await device(ann), await device(ann)
    body = {"currentPassword": PASSWORD, "newPassword": f"{PASSWORD} indeed"}
    renewed = await phone.rest.post("users", "me", "password", body=body)
    await phone.is_over()
    await laptop.is_over()
    fresh = await stage.connect(ann, token=renewed["access"])
    assert fresh.chat.user_id == ann.id
    with pytest.raises(Refused) as refused:
        await stage.connect(ann, email=ann.email, password=PASSWORD)
    assert refused.value.code == "invalid_credentials"


async def test_closing_the_account_ends_all(stage: Stage, device: Make) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    direct, group = await stage.direct(ann, bob), await stage.group(ann, bob)
    (bob_client,) = await stage.connect_all(bob)
    phone, laptop = await device(ann), await device(ann)
    await phone.client.chat.send(direct, "goodbye")
    await phone.rest.delete("users", "me", body={"password": PASSWORD})
    await phone.is_over()
    await laptop.is_over()
    await bob_client.hears("participant.left", lambda it: it.conversation_id == group)
    assert [it["content"] for it in await history(bob, direct)] == ["goodbye"]
    with pytest.raises(Refused):
        await stage.connect(ann, email=ann.email, password=PASSWORD)


async def test_a_refresh_token_used_twice_ends_its_sign_in(stage: Stage, device: Make) -> None:
    ann = await stage.person()
    phone = await device(ann)
    body = {"refresh": phone.tokens["refresh"]}
    await phone.rest.post("users", "refresh", body=body)
    with pytest.raises(Refused) as refused:
        await phone.rest.post("users", "refresh", body=body)
    assert refused.value.code == "refresh_token_reused"
    await phone.is_over()


async def test_signing_out_in_the_browser_ends_its_socket(stage: Stage) -> None:
    ann = await stage.person()
    own = stage.server.base_url
    cookie = await browser_session(own, ann)
    async with stage.raw(Cookie=cookie, Origin=own) as socket:
        await socket.next_of("hello")
        await ann.rest.post("users", "logout", body={"everywhere": True})
        assert await socket.close_code(seconds=PROMISED) == SIGNED_OUT
    async with stage.raw(Cookie=cookie, Origin=own) as socket:
        assert (await socket.next())["code"] == "signed_out"


async def test_ended_by_another_process_it_is_noticed(stage: Stage, device: Make) -> None:
    """Nothing is published there: the sweep finds it."""
    ann = await stage.person()
    phone = await device(ann)
    stage.server.manage(
        "shell",
        "--verbosity=0",
        "--command",
        "from accounts.auth.sign_ins import end_all_sign_ins; from uuid import UUID; "
        f"end_all_sign_ins(user_id=UUID('{ann.id}'))",
    )
    await phone.tokens_are_over()
    await phone.is_over()
