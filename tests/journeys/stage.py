"""The people of a journey, their clients and sockets, and what these have heard.

Waits are bounded by what the product promises or more; they end as soon as what they wait for is
there, so nothing is measured by them.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chatproject.client import Backoff, ChatClient, ChatError, Event, Rest
from tests.servers import ServerProcess

PASSWORD = "correct horse battery staple"
PATIENCE = 20.0  # seconds for what comes at once, on a machine that is busy
QUICKLY_BACK = Backoff(first=0.2, most=1.0)

ABNORMAL = 1006  # the code of a connection that broke

_numbers = count(1)
Check = Callable[[Event], bool]


@dataclass
class Person:
    name: str
    id: str
    email: str
    rest: Rest

    async def token(self) -> str:
        return await self.rest.access()


class RecordingClient:
    """A connected client, and every event it has handed out, in order."""

    def __init__(self, chat: ChatClient) -> None:
        self.chat = chat
        self.heard: list[Event] = []
        self.ending: ChatError | None = None
        self._news = asyncio.Event()
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        try:
            async for event in self.chat.events():
                self.heard.append(event)
                self._news.set()
        except ChatError as error:
            self.ending = error
        self._news.set()

    async def hears(
        self, name: str, check: Check = lambda _: True, *, seconds: float = PATIENCE
    ) -> Event:
        """The first event of this type, ever, that `check` holds of."""
        return await self.until(
            lambda: next((it for it in self.heard if it.type == name and check(it)), None),
            f"{name} was not heard",
            seconds=seconds,
        )

    async def reads(self, content: str, *, seconds: float = PATIENCE) -> Event:
        """The event of a message with this text."""
        return await self.hears(
            "message.created", lambda it: it.data["message"]["content"] == content, seconds=seconds
        )

    async def until(
        self, found: Callable[[], Any], otherwise: str, *, seconds: float = PATIENCE
    ) -> Any:
        try:
            async with asyncio.timeout(seconds):
                while not (result := found()):
                    self._news.clear()
                    await self._news.wait()
                return result
        except TimeoutError:
            raise AssertionError(f"{otherwise}; there was {self.names}") from None

    @property
    def names(self) -> list[str]:
        return [event.type for event in self.heard]

    def contents(self, conversation_id: str | None = None) -> list[str]:
        """The texts of the messages that were heard, as they came."""
        return [
            event.data["message"]["content"]
            for event in self.heard
            if event.type == "message.created"
            and event.data["message"]["kind"] != "system"
            and conversation_id in (None, event.conversation_id)
        ]

    def news(self, conversation_id: str) -> list[str]:
        """The system events that were heard."""
        return [
            event.data["message"]["meta"]["event"]
            for event in self.heard
            if event.message is not None
            and event.message["kind"] == "system"
            and event.conversation_id == conversation_id
        ]

    async def close(self) -> None:
        await self.chat.__aexit__(None, None, None)
        await self._listening


class Raw:
    """A plain WebSocket, for what the client library would not do."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, frame: Mapping[str, Any] | str | bytes) -> None:
        await self.connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            frame: dict[str, Any] = json.loads(await self.connection.recv())
            return frame

    async def next_of(self, name: str) -> dict[str, Any]:
        """The next frame of this type; what comes before it is passed over."""
        while (frame := await self.next())["type"] != name:
            pass
        return frame

    async def asks(self, frame: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a frame, by its ref."""
        ref = f"r{next(_numbers)}"
        await self.send({**frame, "ref": ref})
        while (answer := await self.next()).get("ref") != ref:
            pass
        return answer

    async def close_code(self, *, seconds: float = PATIENCE) -> int:
        """How the server closes it; what it still says before is passed over."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.connection.recv()
        except ConnectionClosed as closed:
            return ABNORMAL if closed.rcvd is None else closed.rcvd.code


@dataclass
class Stage:
    """Makes people on one server, and closes what they opened at the end."""

    server: ServerProcess
    closing: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.closing.aclose()

    async def person(self, name: str = "Ann") -> Person:
        """Registers somebody; they are logged in by the first call that needs it."""
        email = f"{name.lower()}{next(_numbers)}@example.org"
        async with Rest(self.server.base_url) as nobody:
            answer = await nobody.post(
                "users", "register", body={"name": name, "email": email, "password": PASSWORD}
            )
        rest = Rest(self.server.base_url, email=email, password=PASSWORD)
        self.closing.push_async_callback(rest.close)
        return Person(name, answer["id"], email, rest)

    async def people(self, *names: str) -> list[Person]:
        return list(await asyncio.gather(*map(self.person, names)))

    async def connect(self, person: Person, **options: Any) -> RecordingClient:
        """`url` leads to the server by another way, such as a cable."""
        if not options.keys() & {"email", "token", "refresh_token"}:
            options["token"] = await person.token()
        url = options.pop("url", self.server.base_url)
        options.setdefault("backoff", QUICKLY_BACK)
        chat = ChatClient.connect(url, **options)
        recording = RecordingClient(await chat.__aenter__())
        self.closing.push_async_callback(recording.close)
        return recording

    async def connect_all(self, *people: Person) -> list[RecordingClient]:
        return list(await asyncio.gather(*map(self.connect, people)))

    async def group(
        self, owner: Person, *others: Person, name: str = "Group", **fields: Any
    ) -> str:
        """The id of a new conversation, by default a group."""
        ids = [person.id for person in others]
        body = {"name": name, "memberIds": ids, "kind": "group", **fields}
        answer = await owner.rest.post("conversations", body=body)
        return str(answer["id"])

    async def direct(self, one: Person, other: Person) -> str:
        body = {"memberIds": [other.id], "kind": "direct"}
        return str((await one.rest.post("conversations", body=body))["id"])

    @asynccontextmanager
    async def raw(
        self, person: Person | None = None, *, path: str = "", **headers: str
    ) -> AsyncIterator[Raw]:
        """A plain socket; a person's comes with the token in its header."""
        if person is not None:
            headers["Authorization"] = f"Bearer {await person.token()}"
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        url = self.server.ws_url + path
        origin = given.pop("Origin", None)
        async with connect(
            url,
            additional_headers=given,
            origin=origin,
            compression=None,
            max_size=None,
            max_queue=None,  # else a close waits behind what the test does not read
        ) as connection:
            yield Raw(connection)


async def history(person: Person, conversation_id: str, **query: object) -> list[dict[str, Any]]:
    """The whole log as the person sees it, page by page, oldest first."""
    messages: list[dict[str, Any]] = []
    before: object = None
    while True:
        page = await person.rest.get(
            "conversations", conversation_id, "messages", limit=200, before=before, **query
        )
        messages = [*page["results"], *messages]
        before = page["previous"]
        if before is None:
            return messages


def texts(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """What people said, without the system messages."""
    return [message["content"] for message in messages if message["kind"] != "system"]


async def entry(person: Person, conversation_id: str) -> dict[str, Any]:
    """The conversation as it stands in the person's inbox."""
    answer = await person.rest.get("conversations")
    (found,) = (it for it in answer["results"] if it["id"] == conversation_id)
    return dict(found)


async def holds(
    check: Callable[[], Any], otherwise: str = "it did not come about", seconds: float = PATIENCE
) -> None:
    """Returns as soon as the coroutine of `check` gives something true."""
    try:
        async with asyncio.timeout(seconds):
            while not await check():  # noqa: ASYNC110 (it is the server that is asked)
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(otherwise) from None
