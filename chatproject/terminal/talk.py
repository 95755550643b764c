"""The chat in the terminal: executes commands, and shows events as lines."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from chatproject.client import ChatClient, ChatError, Event, Refused
from chatproject.terminal.commands import HELP as MORE_HELP
from chatproject.terminal.commands import Commands
from chatproject.terminal.lines import (
    clean,
    conversation_line,
    message_line,
    people_in,
    presence_line,
)
from chatproject.terminal.names import Names
from chatproject.terminal.usage import Wrong, seq_and_rest, seq_in

PAGE = 20  # messages
MAX_WATCHED = 200
TYPING_EVERY = 3.0  # seconds
HELP = f"""\
A line is sent to the open conversation. Commands:
  /list                 your conversations
  /open NUMBER          open one of them (or /open NAME)
  /history [COUNT]      its latest messages
  /who                  who is in it, and who is there
  /reply SEQ TEXT       answer a message
  /thread SEQ [TEXT]    the thread of a message, or a reply in it
  /edit SEQ TEXT        change your message
  /delete SEQ           delete it for everyone
  /react SEQ EMOJI      react to a message
  /upload PATH [TEXT]   send a file
{MORE_HELP}
  /away, /online        whether you are here
  /quit"""


class Quit(Exception):
    """The person quits."""


class Talk:
    """A chat; `show` prints a finished line."""

    def __init__(self, chat: ChatClient, show: Callable[[str], None]) -> None:
        self._chat = chat
        self._show = show
        self._names = Names(chat)
        self._list: list[Mapping[str, Any]] = []
        self._open: Mapping[str, Any] | None = None
        self._typing: dict[str, float] = {}  # until when who types, by the monotonic clock
        self._typed_at = 0.0
        self._states: dict[str, str] = {}
        self._commands: dict[str, Callable[[str], Awaitable[None]]] = {
            "list": self._say_list,
            "open": self._say_open,
            "history": self._say_history,
            "who": self._say_who,
            "reply": self._say_reply,
            "thread": self._say_thread,
            "edit": self._say_edit,
            "delete": self._say_delete,
            "react": self._say_react,
            "upload": self._say_upload,
            "away": self._say_away,
            "online": self._say_online,
            "help": self._say_help,
            "quit": self._say_quit,
            **Commands(chat, self._names, show, self._here, self._found).by_name,
        }

    # -- commands

    async def say(self, line: str) -> None:
        """Executes one line, a command or a text; raises Quit. Shows refusals."""
        try:
            await self._obey(line.strip())
        except Wrong as error:
            self._show(f"! {error}")
        except ChatError as error:
            self._show(f"! {error.detail}")

    async def begin(self) -> None:
        """Shows the conversations."""
        await self._say_list("")
        self._show("/open NUMBER opens one, /help lists what else there is.")

    async def key(self) -> None:
        """Notes a keystroke; tells the open conversation every few seconds."""
        now = time.monotonic()
        if self._open is not None and now - self._typed_at >= TYPING_EVERY:
            self._typed_at = now
            try:
                await self._chat.typing(self._open["id"])
            except ChatError:
                return  # a reader who may not post

    async def _obey(self, line: str) -> None:
        if not line:
            return
        if not line.startswith("/"):
            await self._chat.send(self._here()["id"], line)
            return
        name, _, rest = line[1:].partition(" ")
        command = self._commands.get(name)
        if command is None:
            raise Wrong(f"There is no command /{name}; /help lists them.")
        await command(rest.strip())

    async def _say_list(self, _: str) -> None:
        self._list = [each async for each in self._chat.conversations()]
        for number, conversation in enumerate(self._list, start=1):
            self._show(conversation_line(number, conversation))
        if not self._list:
            self._show("You are in no conversation yet.")

    async def _say_open(self, text: str) -> None:
        found = self._found(text)
        if self._open is not None:
            await self._chat.close(self._open["id"])
        self._open, self._typing = found, {}
        await self._chat.open(found["id"])
        self._show(f"--- {clean(found['name']) or 'conversation'} ---")
        await self._say_history("")
        await self._watch()

    def _found(self, text: str) -> Mapping[str, Any]:
        if text.isdecimal() and 1 <= int(text) <= len(self._list):
            return self._list[int(text) - 1]
        named = [each for each in self._list if text and text.lower() in each["name"].lower()]
        if len(named) != 1:
            raise Wrong("/open needs a number of /list, or a name that only one of them has.")
        return named[0]

    async def _say_history(self, text: str) -> None:
        count = int(text) if text.isdecimal() and 1 <= int(text) <= 200 else PAGE
        place = ("conversations", self._here()["id"], "messages")
        page = await self._chat.rest.get(*place, limit=count)
        self._names.learn(page["people"])
        await self._names.need(user for each in page["results"] for user in people_in(each))
        for message in page["results"]:
            self._show(message_line(message, self._names.of))
        if page["results"]:
            with suppress(Refused):  # who left reads on, and has nothing to mark
                await self._chat.mark_read(self._here()["id"], page["results"][-1]["seq"])

    async def _say_who(self, _: str) -> None:
        for state in await self._watch():
            self._show("       " + presence_line(state, self._names.of))

    async def _watch(self) -> list[Mapping[str, Any]]:
        """Watches the presence of the people in the open conversation; returns their states."""
        place = ("conversations", self._here()["id"], "participants")
        people = (await self._chat.rest.get(*place, limit=MAX_WATCHED))["results"]
        self._names.learn({"id": each["userId"], "name": each["name"]} for each in people)
        states = await self._chat.watch(each["userId"] for each in people[:MAX_WATCHED])
        self._states = {state["userId"]: state["status"] for state in states}
        return states

    async def _say_reply(self, text: str) -> None:
        seq, content = seq_and_rest(text, "/reply SEQ TEXT")
        await self._chat.send(self._here()["id"], content, reply_to=seq)

    async def _say_thread(self, text: str) -> None:
        number, _, content = text.partition(" ")
        here, seq = self._here()["id"], seq_in(number, "/thread SEQ [TEXT]")
        if content.strip():
            await self._chat.send(here, content.strip(), thread=seq)
            return
        page = await self._chat.thread(here, seq)
        messages = [*([page["root"]] if page["root"] else []), *page["results"]]
        self._names.learn(page["people"])
        for message in messages:
            self._show(message_line(message, self._names.of))
        with suppress(Refused):  # who left reads on, and has nothing to mark
            await self._chat.mark_thread_read(here, seq, messages[-1]["seq"])

    async def _say_edit(self, text: str) -> None:
        seq, content = seq_and_rest(text, "/edit SEQ TEXT")
        await self._chat.edit(self._here()["id"], seq, content)

    async def _say_delete(self, text: str) -> None:
        await self._chat.delete(self._here()["id"], seq_in(text, "/delete SEQ"))

    async def _say_react(self, text: str) -> None:
        seq, emoji = seq_and_rest(text, "/react SEQ EMOJI")
        await self._chat.react(self._here()["id"], seq, emoji)

    async def _say_upload(self, text: str) -> None:
        name, _, content = text.partition(" ")
        try:
            attachment = await self._chat.upload(name)
        except OSError as error:
            raise Wrong(f"{name or '…'}: {error.strerror}; /upload PATH [TEXT]") from error
        ids = [attachment["id"]]
        await self._chat.send(self._here()["id"], content.strip(), attachment_ids=ids)

    async def _say_away(self, _: str) -> None:
        await self._chat.set_status("away")

    async def _say_online(self, _: str) -> None:
        await self._chat.set_status("online")

    async def _say_help(self, _: str) -> None:
        self._show(HELP)

    async def _say_quit(self, _: str) -> None:
        raise Quit

    def _here(self) -> Mapping[str, Any]:
        if self._open is None:
            raise Wrong("Open a conversation first: /open NUMBER")
        return self._open

    # -- events

    async def listen(self) -> None:
        """Shows events until the client ends; raises the error that ended it."""
        async for event in self._chat.events():
            await self._hear(event)

    async def _hear(self, event: Event) -> None:
        if event.type == "presence.changed":
            self._hear_presence(event)
        elif self._open is None or event.conversation_id != self._open["id"]:
            self._hear_elsewhere(event)
        elif event.type == "typing.started":
            await self._names.need([event.data["userId"]])
            self._typing[event.data["userId"]] = time.monotonic() + event.data["seconds"]
        elif event.message is not None:
            await self._hear_message(event, event.message)
        elif event.type == "conversation.left":
            self._show("* You are out of this conversation.")
            self._open = None

    async def _hear_message(self, event: Event, message: Mapping[str, Any]) -> None:
        await self._names.need(people_in(message))
        self._typing.pop(message["senderId"] or "", None)
        is_new = event.type == "message.created"
        self._show(message_line(message, self._names.of) + ("" if is_new else "  (changed)"))
        if is_new and message["senderId"] != self._chat.user_id:
            with suppress(Refused):  # one is out of it by now
                await self._chat.mark_read(message["conversationId"], message["seq"])

    def _hear_elsewhere(self, event: Event) -> None:
        """Shows that there is a new message, and where."""
        message = event.message
        if event.type != "message.created" or message is None or message["kind"] == "system":
            return
        if message["senderId"] != self._chat.user_id:
            name = next((it["name"] for it in self._list if it["id"] == event.conversation_id), "")
            self._show(f"* something new in {clean(name) or 'another conversation'}")

    def _hear_presence(self, event: Event) -> None:
        for state in event.data["people"]:
            before = self._states.get(state["userId"])
            self._states[state["userId"]] = state["status"]
            is_news = before not in (None, state["status"]) and state["status"] != "unknown"
            if is_news and state["userId"] != self._chat.user_id:
                self._show(f"* {clean(self._names.of(state['userId']))} is {state['status']}")

    # -- the toolbar

    def status(self) -> str:
        """The open conversation, who is online and who is typing."""
        if self._open is None:
            return "no conversation is open"
        now = time.monotonic()
        typing = [self._names.of(user) for user, until in self._typing.items() if until > now]
        others = {user: it for user, it in self._states.items() if user != self._chat.user_id}
        there = [self._names.of(user) for user, it in others.items() if it == "online"]
        parts = [self._open["name"] or "conversation"]
        parts.append(f"here: {', '.join(sorted(there)[:8])}" if there else "nobody else is here")
        if typing:
            parts.append(f"{', '.join(sorted(typing))} typing …")
        return clean("  |  ".join(parts)).replace("\n", " ")


async def converse(talk: Talk, lines: Callable[[], Awaitable[str]]) -> None:
    """Executes each line of `lines`, until it raises EOFError or the person quits.

    Raises the error that ended the client.
    """
    listening = asyncio.create_task(talk.listen())
    speaking = asyncio.create_task(_speak(talk, lines))
    try:
        await asyncio.wait([listening, speaking], return_when=asyncio.FIRST_COMPLETED)
        if listening.done() and not speaking.done():
            listening.result()
        elif speaking.done():
            speaking.result()
    finally:
        for task in (listening, speaking):
            task.cancel()
        await asyncio.gather(listening, speaking, return_exceptions=True)


async def _speak(talk: Talk, lines: Callable[[], Awaitable[str]]) -> None:
    try:
        while True:
            await talk.say(await lines())
    except (EOFError, KeyboardInterrupt, Quit):
        return
