"""A hub on the memory bus, over queries from dictionaries, with sockets that record frames."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import wraps
from typing import Any, Self
from uuid import UUID, uuid4

import orjson

from chatproject.realtime.bus import Publication, conversation_topic
from chatproject.realtime.bus.memory import MemoryBus
from chatproject.realtime.hub import Hub
from chatproject.realtime.hub_queries import ChangedStates, Head, Missed, Spans, View
from chatproject.realtime.socket import Socket

FOREVER = 2**62


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Runs a test's coroutine in an event loop of its own."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


class DictHubQueries:
    """The contract of `HubQueries` over plain values that a test sets."""

    def __init__(self) -> None:
        self.head: dict[UUID, Head] = {}
        self.visible: dict[tuple[UUID, UUID], Spans] = {}  # (conversation, person)
        self.log: dict[UUID, list[Publication]] = {}
        self.ended_at: dict[tuple[UUID, UUID], int] = {}  # of who is out, the last visible seq
        self.ended: set[UUID] = set()
        self.joined: list[tuple[UUID, UUID]] = []
        self.states: list[tuple[UUID, dict[str, Any]]] = []
        self.asked: list[str] = []
        self.is_away = False

    async def views(self, user_id: UUID) -> list[View]:
        return [
            View(str(conversation), self.head[conversation], spans)
            for (conversation, person), spans in self.visible.items()
            if person == user_id
        ]

    async def view(self, user_id: UUID, conversation_id: UUID) -> View | None:
        if self.is_away:
            raise ConnectionError("the database is away")
        spans = self.visible.get((conversation_id, user_id))
        return spans and View(str(conversation_id), self.head[conversation_id], spans)

    async def spans(
        self, conversation_id: UUID, user_ids: Collection[UUID]
    ) -> tuple[Head, Mapping[UUID, Spans]]:
        self.asked.append("spans")
        found = {u: self.visible.get((conversation_id, u)) for u in user_ids}
        return self.head[conversation_id], {u: spans for u, spans in found.items() if spans}

    async def last_seen(self, conversation_id: UUID, user_id: UUID) -> int | None:
        return self.ended_at.get((conversation_id, user_id))

    async def heads(self, conversation_ids: Collection[UUID]) -> Mapping[UUID, Head]:
        return {one: self.head[one] for one in conversation_ids}

    async def joined_within(
        self, user_ids: Collection[UUID], seconds: float
    ) -> Collection[tuple[UUID, UUID]]:
        self.joined_asked = seconds
        return self.joined

    async def changed_states(self, user_ids: Collection[UUID], since: str) -> ChangedStates:
        self.states_since = since
        return ChangedStates([state for state in self.states if state[0] in user_ids], "7")

    async def missed(self, conversation_id: UUID, since_rev: int) -> Missed:
        self.asked.append(f"missed since {since_rev}")
        found = [p for p in self.log.get(conversation_id, []) if p.rev > since_rev]
        return Missed(found, self.head[conversation_id], len(found) < 10)

    async def live_sign_ins(self, sign_in_ids: Collection[UUID]) -> set[UUID]:
        return set(sign_in_ids) - self.ended


class Held:
    """The next answer of one of the queries, read and held back."""

    def __init__(self, queries: DictHubQueries, method: str) -> None:
        self.was_read, self.go_on = asyncio.Event(), asyncio.Event()
        read = getattr(queries, method)

        async def slowly(*args: object) -> object:
            setattr(queries, method, read)
            answer = await read(*args)
            self.was_read.set()
            await self.go_on.wait()
            return answer

        setattr(queries, method, slowly)


class RecordingClient:
    """What one socket was sent: `frames` decoded in order, and how it was closed."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self.deaf = asyncio.Event()
        self.deaf.set()

    async def send(self, message: dict[str, Any]) -> None:
        await self.deaf.wait()
        if message["type"] == "websocket.close":
            self.close_code = message["code"]
        else:
            self.frames.append(orjson.loads(message["text"]))

    @property
    def heard(self) -> list[Any]:
        return [frame.get("n", frame) for frame in self.frames]


class Scene:
    """One conversation and a started hub; `listen` brings people in."""

    def __init__(self) -> None:
        self.queries = DictHubQueries()
        self.bus = MemoryBus()
        self.hub = Hub(self.bus, self.queries)
        self.conversation = uuid4()
        self.queries.head[self.conversation] = Head(0, 0)

    async def __aenter__(self) -> Self:
        await self.hub.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.hub.stop()

    async def listen(self, spans: Spans = ((1, FOREVER),)) -> tuple[RecordingClient, Socket]:
        client, person = RecordingClient(), uuid4()
        self.queries.visible[self.conversation, person] = spans
        socket = Socket(client.send, user_id=person, sign_in_id=uuid4())
        await self.hub.connect(socket)
        return client, socket

    def event(
        self, n: int, *, seq: int | None = None, rev: int | None = None, member_rev: int = 0
    ) -> Publication:
        """A publication that says `n`, at seq and rev `n` unless told."""
        return Publication(
            conversation_topic(self.conversation),
            orjson.dumps({"n": n}),
            n if seq is None else seq,
            n if rev is None else rev,
            member_rev,
        )

    def commit(self, *events: Publication) -> tuple[Publication, ...]:
        """The events are in the database; whether they are published is up to the test."""
        self.queries.log.setdefault(self.conversation, []).extend(events)
        last = events[-1]
        member_rev = max(last.member_rev, self.queries.head[self.conversation].member_rev)
        self.queries.head[self.conversation] = Head(last.rev, member_rev)
        return events

    async def settle(self, seconds: float = 0.0) -> None:
        """Lets what is under way come to its end."""
        await asyncio.sleep(seconds)
        for _ in range(20):
            await asyncio.sleep(0)
