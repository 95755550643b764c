"""The chat in the terminal, played against a real server."""

import asyncio
import os
import pty
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from chatproject.client import ChatClient
from chatproject.terminal.talk import Talk, converse
from tests.database import ROOT
from tests.journeys.stage import PASSWORD, Person, RecordingClient, Stage, holds


class Terminal:
    """A talk whose keyboard is a queue, and whose screen is a list of lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.keyboard: asyncio.Queue[str] = asyncio.Queue()
        self.talk: Talk

    async def types(self, line: str) -> None:
        await self.keyboard.put(line)

    async def shows(self, part: str) -> str:
        """The first line that holds it."""
        await holds(partial(self._has, part), f"{part!r} is not in {self.lines}")
        return next(line for line in self.lines if part in line)

    async def says_below(self, part: str) -> None:
        async def is_there() -> bool:
            return part in self.talk.status()

        await holds(is_there, f"{part!r} is not in {self.talk.status()}")

    async def _has(self, part: str) -> bool:
        return any(part in line for line in self.lines)


@asynccontextmanager
async def terminal(stage: Stage, person: Person) -> AsyncIterator[Terminal]:
    """Somebody at a terminal; at the end they quit."""
    client = ChatClient.connect(stage.server.base_url, token=await person.token())
    async with client as chat:
        made = Terminal()
        made.talk = Talk(chat, made.lines.append)
        await made.talk.begin()
        talking = asyncio.create_task(converse(made.talk, made.keyboard.get))
        try:
            yield made
        finally:
            await made.types("/quit")
            await talking


async def test_reading_and_writing(stage: Stage, tmp_path: Path) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    group = await stage.group(ann, bob, name="Weekend")
    bob_client = await stage.connect(bob)
    await bob_client.chat.send(group, "who brings the tent?")
    async with terminal(stage, ann) as at:
        assert any("Weekend (group, 2 people)" in line for line in at.lines)
        await at.types("/open week")
        await at.shows("Bob: who brings the tent?")
        await at.types("I do")
        assert (await bob_client.reads("I do")).data["message"]["senderId"] == ann.id
        await at.types("/reply 2 really")
        assert (await bob_client.reads("really")).data["message"]["replyToSeq"] == 2
        await at.types("/edit 4 yes, really")
        await at.shows("yes, really  (to 2)  (edited)")
        await at.types("/react 2 👍")
        await at.shows("(👍 1)")
        await at.types("/delete 4")
        await at.shows("Ann: (deleted)")
        (tmp_path / "list.txt").write_text("a tent")
        await at.types(f"/upload {tmp_path / 'list.txt'} look")
        await at.shows("look  [list.txt, 6 bytes]")


async def test_who_is_there_and_who_types(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    direct = await stage.direct(ann, bob)
    bob_client = await stage.connect(bob)
    async with terminal(stage, ann) as at:
        await at.types("/open 1")
        await at.says_below("here: Bob")
        await bob_client.chat.typing(direct)
        await at.says_below("Bob typing")
        await bob_client.chat.send(direct, "there you are")
        await at.shows("there you are")
        assert "typing" not in at.talk.status()
        await bob_client.chat.set_status("away")
        await at.shows("* Bob is away")
        await at.types("/who")
        await at.shows("Bob: away")
        await bob_client.chat.open(direct)
        await at.talk.key()
        await bob_client.hears("typing.started")


async def test_what_makes_no_sense_is_said(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    group = await stage.group(bob, ann, kind="broadcast", name="News")
    for line, answer in (
        ("hello", "! Open a conversation first"),
        ("/open 7", "! /open needs a number"),
        ("/burn", "! There is no command /burn"),
        ("/help", "/upload PATH"),
    ):
        async with terminal(stage, ann) as at:
            await at.types(line)
            await at.shows(answer)
    async with terminal(stage, ann) as at:
        await at.types("/open News")
        await at.types("may I?")
        await at.shows("! Only admins post")
        await at.types("/edit one")
        await at.shows("! It goes like this: /edit SEQ TEXT")
        await at.types("/upload /no/such/file")
        await at.shows("! /no/such/file: No such file")
        await bob.rest.delete("conversations", group, "participants", ann.id)
        await at.shows("* You are out of this conversation.")


async def test_polls_and_pins(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    group = await stage.group(ann, bob, name="Lunch")
    bob_client = await stage.connect(bob)
    async with terminal(stage, ann) as at:
        await at.types("/open Lunch")
        await at.types("/poll Where to? | Pizza | Soup")
        asked = (await bob_client.reads("Where to?")).data["message"]
        await at.shows("Where to?  [1 Pizza: 0]  [2 Soup: 0]")
        await at.types(f"/vote {asked['seq']} 2")
        await at.shows("[2 Soup: 1]")
        await at.types(f"/vote {asked['seq']}")
        await at.types(f"/pin {asked['seq']}")
        await bob_client.hears("message.updated", lambda it: bool(it.data["message"]["pinnedAt"]))
        await at.types(f"/unpin {asked['seq']}")
        for line, answer in (
            ("/poll Where to?", "! It goes like this: /poll"),
            ("/vote 1 0", "! It goes like this: /vote"),
            ("/vote", "! It goes like this: /vote"),
            ("/press 1", "! It goes like this: /press"),
            ("/press 1 1", "! Message 1 has 0 buttons."),
        ):
            await at.types(line)
            await at.shows(answer)
    (last,) = await bob_client.chat.history(group, limit=1)
    assert (last["poll"]["voterCount"], last["pinnedAt"]) == (0, None)


async def test_a_button_is_pressed(stage: Stage) -> None:
    ann = await stage.person("Ann")
    group = await stage.group(ann, name="Ops")
    ann_client = await stage.connect(ann)
    bot = await ann_client.chat.create_bot("Robo")
    scopes = ["messages:write", "history:read"]
    made = await ann_client.chat.create_bot_token(bot["id"], "t", scopes)
    await ann.rest.post("conversations", group, "participants", body={"memberIds": [bot["id"]]})
    robo = await stage.connect(ann, token=made["token"])
    text = {"type": "plain_text", "text": "Approve"}
    link = {"type": "button", "action_id": "b", "text": text, "url": "https://ci.example/7"}
    press = {"type": "button", "action_id": "a", "text": text}
    body = {
        "channel": group,
        "text": "Deploy?",
        "blocks": [{"type": "actions", "elements": [press, link]}],
    }
    async with httpx.AsyncClient() as http:
        answer = await http.post(
            f"{stage.server.base_url}/api/chat.postMessage",
            json=body,
            headers={"Authorization": f"Bearer {made['token']}"},
        )
    assert answer.json()["ok"] is True
    seq = (await ann_client.reads("Deploy?")).data["message"]["seq"]
    async with terminal(stage, ann) as at:
        await at.types("/open Ops")
        await at.shows("Deploy?  [1 Approve]  [2 Approve]")
        await at.types(f"/press {seq} 2")
        await at.shows("https://ci.example/7")
        await at.types(f"/press {seq} 1")
        assert (await robo.hears("button.pressed")).data["userId"] == ann.id


async def test_later_saved_forwarded_and_found(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bartholomew")
    group = await stage.group(ann, bob, name="Garden")
    kitchen = await stage.group(ann, name="Kitchen")
    bob_client = await stage.connect(bob)
    sent = await bob_client.chat.send(group, "the tomatoes are ripe")
    async with terminal(stage, ann) as at:
        await at.types("/saved")
        await at.shows("Nothing is saved.")
        await at.types("/scheduled")
        await at.shows("Nothing waits to be sent.")
        await at.types("/open Garden")
        await at.types(f"/save {sent['seq']} 20m")
        await at.shows("* saved, until ")
        await at.types("/later 2h water them")
        await at.shows("* to be sent ")
        await at.types("/scheduled")
        await at.shows("water them")
        await at.types(f"/forward {sent['seq']} Kitchen")
        await at.shows("* sent on to Kitchen")
        await at.types("/open Kitchen")
        await at.types("/saved")
        await at.shows("Bartholomew: the tomatoes are ripe")
        await at.types("/profile Bartholomew")
        await at.shows("also in Garden")
        for line, answer in (
            ("/later soon x", "! When?"),
            ("/later 2h", "! It goes like this: /later"),
            ("/forward 1", "! It goes like this: /forward"),
            ("/forward 1 Nowhere", "! /open needs a number"),
            ("/search", "! It goes like this: /search"),
            ("/search nothing-of-the-kind", "Nothing was found."),
            ("/profile Nobody-of-the-kind", "! 0 people"),
        ):
            await at.types(line)
            await at.shows(answer)
        await holds(partial(is_indexed, ann, "tomatoes"))
        await at.types("/search tomatoes")
        await at.shows("the tomatoes are ripe  in Garden")
    (last,) = await latest(ann, kitchen)
    assert (last["content"], last["meta"]) == ("the tomatoes are ripe", {"forwarded": True})


async def is_indexed(person: Person, words: str) -> bool:
    """The index follows the log."""
    return len((await person.rest.get("search", q=words))["results"]) == 2


async def latest(person: Person, conversation_id: str) -> list[dict[str, Any]]:
    page = await person.rest.get("conversations", conversation_id, "messages", limit=1)
    return list(page["results"])


async def test_news_from_elsewhere_are_announced(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    await stage.group(ann, bob, name="Kitchen")
    there = await stage.group(ann, bob, name="Garden")
    bob_client: RecordingClient = await stage.connect(bob)
    async with terminal(stage, ann) as at:
        await at.types("/open Kitchen")
        await at.shows("--- Kitchen ---")
        await bob_client.chat.send(there, "psst")
        await at.shows("* something new in Garden")


def command(stage: Stage, person: Person) -> list[str]:
    return [sys.executable, "manage.py", "chat", person.email, "--url", stage.server.base_url]


async def test_lines_from_a_pipe(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    direct = await stage.direct(ann, bob)
    bob_client = await stage.connect(bob)
    process = await asyncio.create_subprocess_exec(
        *command(stage, ann),
        cwd=ROOT,
        env={**os.environ, "CHAT_PASSWORD": PASSWORD},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    printed, _ = await process.communicate(b"/open 1\nfrom a script\n/history 1\n")
    assert process.returncode == 0, printed
    assert "Ann: from a script" in printed.decode()
    assert (await bob_client.reads("from a script")).conversation_id == direct


async def test_a_wrong_password_ends_it_with_a_reason(stage: Stage) -> None:
    ann = await stage.person()
    process = await asyncio.create_subprocess_exec(
        *command(stage, ann),
        cwd=ROOT,
        env={**os.environ, "CHAT_PASSWORD": "not this one"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 1
    assert printed.startswith(b"CommandError: ")
    assert b"Traceback" not in printed


async def test_at_a_real_terminal(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    await stage.direct(ann, bob)
    bob_client = await stage.connect(bob)
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *command(stage, ann),
        cwd=ROOT,
        env={**os.environ, "CHAT_PASSWORD": PASSWORD, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    screen = asyncio.create_task(_read_all(ours))
    for line in (b"/open 1\r", b"typed by hand\r"):
        os.write(ours, line)
    await bob_client.reads("typed by hand")
    os.write(ours, b"/quit\r")
    assert await process.wait() == 0
    assert b"typed by hand" in await screen
    os.close(ours)


async def _read_all(terminal: int) -> bytes:
    """Everything on the screen until the program ends."""
    screen = b""
    while True:
        try:
            part = await asyncio.to_thread(os.read, terminal, 65_536)
        except OSError:  # how Linux says that the other end is closed
            return screen
        screen += part
