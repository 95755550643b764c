"""Commands of the terminal beyond reading and writing: polls, buttons, later, search …"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from chatproject.client import ChatClient
from chatproject.terminal.lines import clean, clock, message_line, people_in
from chatproject.terminal.names import Names
from chatproject.terminal.times import FORMS, time_in
from chatproject.terminal.usage import Wrong, seq_and_rest, seq_in

HITS = 10
HELP = f"""\
  /poll QUESTION | CHOICE | CHOICE
  /vote SEQ NUMBER …    vote in a poll; without a number take the vote back
  /press SEQ NUMBER     press a button
  /forward SEQ WHERE    send a message on, to a NUMBER of /list or a NAME
  /pin SEQ, /unpin SEQ  keep a message at hand for all
  /save SEQ [WHEN]      save a message for later, with a reminder
  /saved                what is saved
  /later WHEN TEXT      send a text later
  /scheduled            what waits to be sent
  /search WORDS         find messages, also from:NAME or in:NAME
  /profile NAME         who somebody is
                        WHEN is {FORMS}"""


class Commands:
    """`here` gives the open conversation, `found` one by its number or name; both raise Wrong."""

    def __init__(
        self,
        chat: ChatClient,
        names: Names,
        show: Callable[[str], None],
        here: Callable[[], Mapping[str, Any]],
        found: Callable[[str], Mapping[str, Any]],
    ) -> None:
        self._chat, self._names, self._show = chat, names, show
        self._here, self._found = here, found
        self.by_name: dict[str, Callable[[str], Awaitable[None]]] = {
            "poll": self._poll,
            "vote": self._vote,
            "press": self._press,
            "forward": self._forward,
            "pin": self._pin,
            "unpin": self._unpin,
            "save": self._save,
            "saved": self._saved,
            "later": self._later,
            "scheduled": self._scheduled,
            "search": self._search,
            "profile": self._profile,
        }

    async def _poll(self, text: str) -> None:
        question, *choices = (part.strip() for part in text.split("|"))
        if not question or len(choices) < 2:
            raise Wrong("It goes like this: /poll QUESTION | CHOICE | CHOICE")
        await self._chat.ask_poll(self._here()["id"], question, choices)

    async def _vote(self, text: str) -> None:
        usage = "/vote SEQ NUMBER …"
        seq, *numbers = text.split() or [""]
        choices = [seq_in(number, usage) - 1 for number in numbers]
        if any(choice < 0 for choice in choices):
            raise Wrong(f"It goes like this: {usage}")
        await self._chat.vote(self._here()["id"], seq_in(seq, usage), choices)

    async def _press(self, text: str) -> None:
        usage = "/press SEQ NUMBER"
        seq, word = seq_and_rest(text, usage)
        number = seq_in(word, usage)
        message = await self._chat.message(self._here()["id"], seq)
        buttons = (message["meta"] or {}).get("buttons", [])
        if not 1 <= number <= len(buttons):
            raise Wrong(f"Message {seq} has {len(buttons)} buttons.")
        button = buttons[number - 1]
        if button["url"]:
            self._show(f"       {clean(button['url'])}")
        else:
            await self._chat.press(self._here()["id"], seq, button["id"])

    async def _forward(self, text: str) -> None:
        seq, where = seq_and_rest(text, "/forward SEQ WHERE")
        to = self._found(where)
        (sent,) = await self._chat.forward(self._here()["id"], seq, [to["id"]])
        if refusal := sent.get("refusal"):
            raise Wrong(refusal["detail"])
        self._show(f"* sent on to {clean(to['name']) or 'the conversation'}")

    async def _pin(self, text: str) -> None:
        await self._chat.pin(self._here()["id"], seq_in(text, "/pin SEQ"))

    async def _unpin(self, text: str) -> None:
        await self._chat.unpin(self._here()["id"], seq_in(text, "/unpin SEQ"))

    async def _save(self, text: str) -> None:
        number, _, when = text.partition(" ")
        seq = seq_in(number, "/save SEQ [WHEN]")
        at = time_in(when.strip(), _now()) if when.strip() else None
        await self._chat.save(self._here()["id"], seq, remind_at=at)
        self._show(f"* saved{'' if at is None else f', until {clock(at.isoformat())}'}")

    async def _saved(self, _: str) -> None:
        kept = [each async for each in self._chat.saved()]
        for each in kept:
            await self._show_message(each["message"])
        if not kept:
            self._show("Nothing is saved.")

    async def _later(self, text: str) -> None:
        when, _, content = text.partition(" ")
        if not content.strip():
            raise Wrong("It goes like this: /later WHEN TEXT")
        at = time_in(when, _now())
        await self._chat.schedule(self._here()["id"], content.strip(), at=at)
        self._show(f"* to be sent {clock(at.isoformat())}")

    async def _scheduled(self, _: str) -> None:
        waiting = [each async for each in self._chat.scheduled()]
        for each in waiting:
            state = "" if each["state"] == "waiting" else f"  ({each['state']})"
            self._show(f"       {clock(each['sendAt'])}  {clean(each['content'])}{state}")
        if not waiting:
            self._show("Nothing waits to be sent.")

    async def _search(self, text: str) -> None:
        if not text:
            raise Wrong("It goes like this: /search WORDS")
        page = await self._chat.rest.get("search", q=text, limit=HITS)
        self._names.learn(page["people"])
        for hit in page["results"]:
            place = clean(hit["conversation"]["title"])
            await self._show_message(hit["message"], f"  in {place}" if place else "")
        if not page["results"]:
            self._show("Nothing was found.")

    async def _profile(self, text: str) -> None:
        if not text:
            raise Wrong("It goes like this: /profile NAME")
        found = [each async for each in self._chat.find_people(text)]
        if len(found) != 1:
            raise Wrong(f"{len(found)} people are called that.")
        profile = await self._chat.profile(found[0]["id"])
        person, common = profile["person"], profile["inCommon"]["conversations"]
        self._show(f"       {clean(person['name'])}: {clean(person['about']) or '(no words)'}")
        self._show(f"       also in {clean(', '.join(each['name'] for each in common)) or 'none'}")

    async def _show_message(self, message: Mapping[str, Any] | None, where: str = "") -> None:
        if message is None:
            self._show("       (you do not see it any more)")
            return
        await self._names.need(people_in(message))
        self._show(message_line(message, self._names.of) + where)


def _now() -> datetime:
    return datetime.now().astimezone()
