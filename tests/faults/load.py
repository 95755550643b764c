"""People who send and listen while faults happen, and what of it arrived.

A person has several devices, each a client of its own with one conversation after the other to
send into. What they say is known by its key, see `journal`.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import psycopg

from chatproject.client import ChatClient
from tests.faults.checker import Stored, Verdict, judge
from tests.faults.journal import ACK, DELIVERY, SEND, Journal
from tests.journeys.stage import PASSWORD, QUICKLY_BACK, Person, Stage, history
from tests.servers import ServerProcess

CONVERGES = 60.0  # seconds that a test waits; how long it took is a figure


class Load:
    """`rate` messages a second of all devices together; each waits for its acknowledgement.

    `urls` lead to the servers another way, such as by a proxy.
    """

    def __init__(
        self,
        servers: Sequence[ServerProcess],
        folder: Path,
        *,
        urls: Sequence[str] = (),
        people: int = 10,
        devices: int = 4,
        conversations: int = 20,
        members: int = 3,
        rate: float = 50.0,
    ) -> None:
        self.servers = servers
        self.urls = urls or [server.base_url for server in servers]
        self.journal = Journal(folder / "journal.jsonl")
        self.rate = rate
        self.conversations: list[str] = []
        self.listeners: dict[str, list[int]] = {}
        self.clients: list[ChatClient] = []
        self.acknowledged = 0
        self.seconds: list[float] = []  # how long each acknowledgement took
        self._sizes = (people, devices, conversations, members)
        self._owner: list[Person] = []  # of each client
        self._of: list[list[str]] = []  # the conversations of each client
        self._head: dict[str, int] = {}  # the last seq that was acknowledged
        self._got: defaultdict[tuple[int, str], int] = defaultdict(int)
        self._chance = random.Random(7)
        self._closing = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self._listen: list[asyncio.Task[None]] = []
        self._is_over = False
        self._round = 0

    async def __aenter__(self) -> Self:
        people, devices, conversations, members = self._sizes
        stage = await self._closing.enter_async_context(Stage(self.servers[0]))
        cast = await stage.people(*(f"P{number}" for number in range(people)))
        inside: dict[str, list[Person]] = {}
        for number in range(conversations):
            chosen = [cast[(number + step) % people] for step in range(members)]
            inside[await stage.group(*chosen, name=f"Room {number}")] = chosen
        self.conversations = list(inside)
        for person in cast:
            for device in range(devices):
                await self._connect(person, device)
        for conversation, chosen in inside.items():
            self.listeners[conversation] = [
                number for number, owner in enumerate(self._owner) if owner in chosen
            ]
        self._of = [
            [it for it in self.conversations if number in self.listeners[it]]
            for number in range(len(self.clients))
        ]
        self._listen = [asyncio.create_task(self._hear(n)) for n in range(len(self.clients))]
        return self

    async def _connect(self, person: Person, device: int) -> None:
        """The devices of a person are spread over the servers."""
        url = self.urls[device % len(self.urls)]
        chat = ChatClient.connect(url, email=person.email, password=PASSWORD, backoff=QUICKLY_BACK)
        self.clients.append(await self._closing.enter_async_context(chat))
        self._owner.append(person)

    async def __aexit__(self, *exc: object) -> None:
        for task in (*self._tasks, *self._listen):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._listen, return_exceptions=True)
        await self._closing.aclose()
        self.journal.close()

    # -- while it goes on

    def begin(self) -> None:
        self._is_over = False
        self._round += 1
        self._tasks = [asyncio.create_task(self._send(n)) for n in range(len(self.clients))]

    async def end(self) -> None:
        """Returns when all that was begun is acknowledged."""
        self._is_over = True
        await asyncio.gather(*self._tasks)
        self._tasks = []

    async def sent(self, count: int) -> None:
        """Returns when so many more are acknowledged."""
        goal = self.acknowledged + count
        while self.acknowledged < goal:
            for task in self._tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.02)

    async def _send(self, client: int) -> None:
        number = 0
        pause = len(self.clients) / self.rate
        await asyncio.sleep(self._chance.uniform(0, pause))
        while not self._is_over:
            begun = time.monotonic()
            conversation = self._chance.choice(self._of[client])
            key = f"{client}.{self._round}.{number}"
            self.journal.write(SEND, client, conversation, key)
            sent = time.monotonic()
            message = await self.clients[client].send(conversation, key)
            self.seconds.append(time.monotonic() - sent)
            self.journal.write(ACK, client, conversation, key, message["seq"])
            self.acknowledged += 1
            self._head[conversation] = max(self._head.get(conversation, 0), message["seq"])
            number += 1
            await asyncio.sleep(max(0.0, pause - (time.monotonic() - begun)))

    async def _hear(self, client: int) -> None:
        async for event in self.clients[client].events():
            message = event.message
            if event.type != "message.created" or message is None or message["kind"] == "system":
                continue
            place = event.conversation_id or ""
            self.journal.write(DELIVERY, client, place, message["content"], message["seq"])
            self._got[client, place] = max(self._got[client, place], message["seq"])

    async def converge(self) -> float:
        """How many seconds until everybody has all that was acknowledged before the call."""
        begun, heads = time.monotonic(), dict(self._head)
        async with asyncio.timeout(CONVERGES):
            while any(  # noqa: ASYNC110 (many clients bring it about)
                self._got[client, conversation] < head
                for conversation, head in heads.items()
                for client in self.listeners[conversation]
            ):
                await asyncio.sleep(0.02)
        return time.monotonic() - begun

    # -- at the end

    async def log(self, conversation: str) -> list[dict[str, Any]]:
        """All of a conversation's messages, as a member reads them."""
        return await history(self._owner[self.listeners[conversation][0]], conversation)

    def verdict(self, database_url: str) -> Verdict:
        return judge(
            self.journal.entries(), stored(database_url, self.conversations), self.listeners
        )


def stored(database_url: str, conversations: Sequence[str]) -> Stored:
    """What the database has, as `checker` wants it."""
    found: dict[str, list[tuple[int, str]]] = {}
    with psycopg.connect(database_url) as connection:
        for conversation in conversations:
            rows = connection.execute(
                "SELECT seq, CASE WHEN kind = 'system' THEN '' ELSE body END "
                "FROM messaging_message WHERE conversation_id = %s ORDER BY seq",
                [conversation],
            )
            found[conversation] = [(seq, key) for seq, key in rows]
    return found
