"""The client library on its own: coming in, going on, coming back, and how it ends."""

import asyncio
import sys
from functools import partial
from pathlib import Path

import pytest

from chatproject.client import ChatClient, Closed, Refused, Rest, Tokens, Unreachable
from chatproject.client import buffer as buffers
from tests.database import ROOT
from tests.journeys.cable import Cable
from tests.journeys.stage import (
    PASSWORD,
    QUICKLY_BACK,
    RecordingClient,
    Stage,
    entry,
    history,
    holds,
    texts,
)
from tests.journeys.tokens import expired
from tests.servers import free_port


async def test_by_email_and_password(stage: Stage) -> None:
    ann = await stage.person()
    async with ChatClient.connect(
        stage.server.base_url, email=ann.email, password=PASSWORD
    ) as chat:
        assert chat.user_id == ann.id
        assert (await chat.rest.get("users", "me"))["email"] == ann.email


async def test_a_wrong_password_is_refused(stage: Stage) -> None:
    ann = await stage.person()
    with pytest.raises(Refused) as refused:
        async with ChatClient.connect(stage.server.base_url, email=ann.email, password="wrong"):
            pass
    assert (refused.value.code, refused.value.status) == ("invalid_credentials", 401)


async def test_without_a_token_the_socket_is_refused_for_good(stage: Stage) -> None:
    with pytest.raises(Closed) as closed:
        await ChatClient.connect(stage.server.base_url, token="no.such.token").__aenter__()
    assert (closed.value.code, closed.value.close_code) == ("invalid_token", 4500)


async def test_a_server_that_is_not_there_is_said_at_once() -> None:
    with pytest.raises(Unreachable):
        await ChatClient.connect(f"http://127.0.0.1:{free_port()}", token="any").__aenter__()


async def test_refusals_name_the_fields_that_are_wrong(stage: Stage) -> None:
    async with Rest(stage.server.base_url) as nobody:
        with pytest.raises(Refused) as refused:
            await nobody.post("users", "register", body={"name": "Ann", "email": 7})
    assert (refused.value.code, refused.value.status) == ("invalid_input", 400)
    assert {error["field"] for error in refused.value.errors} == {"email", "password"}


async def test_an_expired_token_is_renewed_over_rest_and_socket(stage: Stage) -> None:
    ann = await stage.person()
    kept: list[Tokens] = []
    tokens = await log_in(stage, ann.email)
    recording = await stage.connect(
        ann, token=expired(tokens["access"]), refresh_token=tokens["refresh"], on_tokens=kept.append
    )
    assert recording.chat.user_id == ann.id
    assert len(kept) == 1
    rest = Rest(stage.server.base_url, tokens=Tokens(expired(kept[0].access), kept[0].refresh))
    async with rest:
        answers = await asyncio.gather(*(rest.get("users", "me") for _ in range(5)))
    assert {answer["id"] for answer in answers} == {ann.id}


async def test_a_used_refresh_token_gives_way_to_the_password(stage: Stage) -> None:
    ann = await stage.person()
    used = await log_in(stage, ann.email)
    async with Rest(stage.server.base_url) as nobody:
        await nobody.post("users", "refresh", body={"refresh": used["refresh"]})
    tokens = Tokens(expired(used["access"]), used["refresh"])
    async with Rest(stage.server.base_url, tokens=tokens) as by_token:
        with pytest.raises(Refused) as refused:
            await by_token.get("users", "me")
    assert refused.value.status == 401
    async with Rest(
        stage.server.base_url, email=ann.email, password=PASSWORD, tokens=tokens
    ) as by_password:
        assert (await by_password.get("users", "me"))["id"] == ann.id


async def test_it_comes_back_and_has_missed_nothing(stage: Stage, cable: Cable) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    conversation = await stage.direct(ann, bob)
    ann_client, bob_client = await stage.connect(ann), await stage.connect(bob, url=cable.url)
    said = []
    for number in range(30):
        if number % 5 == 3:
            cable.cut()
        said.append(f"message {number}")
        await ann_client.chat.send(conversation, said[-1])
    await bob_client.reads(said[-1])
    assert bob_client.contents() == said


async def test_what_is_sent_without_a_connection_is_sent_once_there_is_one(
    stage: Stage, cable: Cable
) -> None:
    ann = await stage.person()
    notes = await stage.direct(ann, ann)
    recording = await stage.connect(ann, url=cable.url)
    cable.is_out = True
    cable.cut()
    sending = asyncio.gather(*(recording.chat.send(notes, f"note {n}") for n in range(10)))
    await asyncio.sleep(0.5)
    assert not sending.done()
    cable.is_out = False
    assert [message["seq"] for message in await sending] == list(range(1, 11))
    assert texts(await history(ann, notes)) == [f"note {n}" for n in range(10)]


async def test_a_long_absence_is_replayed_page_by_page(stage: Stage, cable: Cable) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    long, short = await stage.direct(ann, bob), await stage.group(ann, bob)
    ann_client, bob_client = await stage.connect(ann), await stage.connect(bob, url=cable.url)
    cable.is_out = True
    cable.cut()
    said = [f"message {n}" for n in range(450)]
    await asyncio.gather(*(ann_client.chat.send(long, text) for text in said))
    await ann_client.chat.send(short, "the only one")
    cable.is_out = False
    await bob_client.reads(said[-1])
    await bob_client.reads("the only one")
    assert bob_client.contents(long) == said


async def test_who_does_not_take_events_loses_none(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffers, "MAX_BUFFERED", 20)
    ann = await stage.person()
    notes = await stage.direct(ann, ann)
    async with ChatClient.connect(
        stage.server.base_url, token=await ann.token(), backoff=QUICKLY_BACK
    ) as chat:
        said = [f"note {n}" for n in range(100)]
        await asyncio.gather(*(chat.send(notes, text) for text in said))
        heard: list[str] = []
        async for event in chat.events():
            if event.message is not None:
                heard.append(event.message["content"])
            if len(heard) == len(said):
                break
    assert heard == said


async def test_a_second_run_goes_on_where_the_first_ended(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    conversation = await stage.direct(ann, bob)
    (ann_client,) = await stage.connect_all(ann)
    first = await stage.connect(bob)
    await ann_client.chat.send(conversation, "one")
    await first.reads("one")
    revs = first.chat.revs()
    await first.close()
    await ann_client.chat.send(conversation, "two")
    second = await stage.connect(bob, since=revs)
    await ann_client.chat.send(conversation, "three")
    await second.reads("three")
    assert second.contents() in (["two", "three"], ["one", "two", "three"])


async def test_it_closes_while_the_connection_breaks(stage: Stage, cable: Cable) -> None:
    ann = await stage.person()
    token = await ann.token()
    async with asyncio.timeout(60):
        for _ in range(20):
            chat = ChatClient.connect(cable.url, token=token, backoff=QUICKLY_BACK)
            async with chat:
                cable.cut()
                await asyncio.sleep(0)
            with pytest.raises(Closed):
                await chat.send(ann.id, "too late")


async def test_the_bot_of_the_documentation_works_when_pasted(stage: Stage) -> None:
    ann, bot = await stage.people("Ann", "Echo")
    conversation = await stage.direct(ann, bot)
    (ann_client,) = await stage.connect_all(ann)
    program = (ROOT / "docs" / "client.md").read_text().split("```python\n")[1].split("```")[0]
    for shown, real in (
        ("from chat_client import", "from chatproject.client import"),  # as it is called here
        ("http://127.0.0.1:8000", stage.server.base_url),
        ("echo@example.org", bot.email),
        ("correct horse battery", PASSWORD),
    ):
        assert shown in program
        program = program.replace(shown, real)
    running = await asyncio.create_subprocess_exec(sys.executable, "-c", program, cwd=ROOT)
    try:
        await holds(partial(is_answered, ann_client, conversation), "the bot did not answer")
    finally:
        running.kill()
        await running.wait()
    assert (await entry(bot, conversation))["unread"] == 0


async def is_answered(recording: RecordingClient, conversation: str) -> bool:
    """Says hello until somebody repeats it: the bot hears from when it is connected."""
    await recording.chat.send(conversation, "hello")
    await asyncio.sleep(0.3)
    return "You said: hello" in recording.contents()


async def log_in(stage: Stage, email: str) -> dict[str, str]:
    async with Rest(stage.server.base_url) as nobody:
        body = {"email": email, "password": PASSWORD}
        tokens: dict[str, str] = await nobody.post("users", "login", body=body)
    return tokens


async def test_a_file_is_uploaded_and_sent(stage: Stage, tmp_path: Path) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    direct = await stage.direct(ann, bob)
    ann_client, bob_client = await stage.connect_all(ann, bob)
    path = tmp_path / "plan ü.txt"
    path.write_bytes(b"the plan")
    files = [await ann_client.chat.upload(path), await ann_client.chat.upload(b"raw", name="r.txt")]
    ids = [file["id"] for file in files]
    await ann_client.chat.send(direct, "files", attachment_ids=ids)
    message = (await bob_client.reads("files")).data["message"]
    told = [(each["name"], each["size"]) for each in message["attachments"]]
    assert told == [("plan ü.txt", 8), ("r.txt", 3)]
    with pytest.raises(Refused):
        await ann_client.chat.upload(b"")
    with pytest.raises(FileNotFoundError):
        await ann_client.chat.upload(tmp_path / "nothing")
