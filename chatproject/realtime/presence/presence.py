"""Presence at one process: it says who is here, and tells the sockets how those they watch are.

Nothing is told when it happens. What happens here is written every second, and every few seconds a
round reads how all who are watched are, and tells what is otherwise than before, one frame a
socket. So a flapping phone makes no storm, ten thousand who come back at once are a few round
trips, a killed process' people go by themselves, and nothing is lost with a message of the bus.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson

from chatproject.core.api.json import dump
from chatproject.core.errors import Unavailable
from chatproject.realtime.bus import Bus, Publication
from chatproject.realtime.presence.devices import Devices
from chatproject.realtime.presence.queries import TOPIC, PresenceQueries
from chatproject.realtime.presence.store import (
    NOT_HERE,
    NOT_TOLD,
    State,
    Status,
    Store,
    state_json,
)
from chatproject.realtime.presence.watchers import Watchers
from chatproject.realtime.socket import Socket

log = logging.getLogger(__name__)

MAX_WATCHED = 200  # people, by one socket
WRITE_SECONDS = 1.0
RIGHTS_SECONDS = 300.0  # after which they are asked again, in case no word of a change had come
KEEP_SECONDS = 300.0  # after which the database is told who is still here
SLICE = 100  # sockets that are told in one turn of the event loop
ASK_SECONDS = 5.0  # that a request may wait for the store

Told = tuple[UUID, State]


class Presence:
    """All methods belong to the event loop's thread. `round_seconds` is the time between rounds,
    and the grace for who goes; `ttl` is how long an entry of a killed process stays."""

    def __init__(
        self, bus: Bus, store: Store, book: PresenceQueries, *, ttl: float, round_seconds: float
    ) -> None:
        self._bus = bus
        self._store = store
        self._book = book
        self._ttl = ttl
        self._round_seconds = round_seconds
        self._devices = Devices(grace=round_seconds)
        self._watchers = Watchers()
        self._kept_at = time.monotonic()
        self._refreshed_at = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        install(self, asyncio.get_running_loop())
        await self._bus.subscribe([TOPIC])
        write_seconds = min(WRITE_SECONDS, self._round_seconds)
        self._tasks = [
            asyncio.create_task(_forever(self.write, write_seconds), name="presence writes"),
            asyncio.create_task(_forever(self.round, self._round_seconds), name="presence rounds"),
        ]

    async def stop(self) -> None:
        """Keeps when everybody was here. The entries expire: who comes back at once never left."""
        install(None, None)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            now = datetime.now(UTC)
            await self._book.keep_last_seen(dict.fromkeys(self._devices.everybody(), now))
        except Exception as error:  # noqa: BLE001 (the end must go on)
            log.warning("last seen is not kept: %r", error)
        await self._store.close()

    # -- sockets

    def put(self, socket: Socket, status: Status) -> None:
        """Somebody has come, or is in another state at this device."""
        self._devices.put(socket.user_id, socket, status)

    def leave(self, socket: Socket) -> None:
        self._devices.drop(socket.user_id, socket)
        self._watchers.drop(socket)

    async def watch(self, socket: Socket, user_ids: Collection[UUID]) -> dict[UUID, State]:
        """Tells the socket from now on how these people are, and nobody else; how they are now.

        Raises Unavailable when the store is away.
        """
        asked_at = time.monotonic()
        states = await self.look(socket.user_id, user_ids)
        self._watchers.put(socket, states, asked_at)
        if socket.is_closing:
            self._watchers.drop(socket)
        return states

    async def look(self, viewer_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, State]:
        """How these people are, as far as the viewer may know. Raises Unavailable."""
        visible = await self._book.visible({viewer_id: user_ids})
        seen = [user_id for user_id in user_ids if (viewer_id, user_id) in visible]
        try:
            states = await self._store.states(seen)
        except ConnectionError as error:
            raise Unavailable from error
        states = await self._with_last_seen(states)
        return {user_id: states.get(user_id, NOT_TOLD) for user_id in user_ids}

    # -- what is said

    async def write(self) -> None:
        """Tells the store what has changed here and, in time, that the others are still here."""
        news = self._devices.news()
        now, clock = time.monotonic(), self._devices.clock()
        is_due = now - self._refreshed_at >= self._ttl / 3
        await self._store.here({**self._devices.everybody(), **news.here} if is_due else news.here)
        await self._store.gone({user_id: clock - at for user_id, at in news.gone.items()})
        self._devices.settle(news)
        if is_due:
            self._refreshed_at = now
        await self._keep({user_id: clock - at for user_id, at in news.gone.items()}, now)

    async def _keep(self, gone: Mapping[UUID, float], now: float) -> None:
        """Has the database know when those who have gone were here, and rarely, who still is."""
        here: Iterable[UUID] = ()
        if now - self._kept_at >= KEEP_SECONDS:
            here, self._kept_at = self._devices.everybody(), now
        seconds_ago = dict.fromkeys(here, 0.0) | dict(gone)
        if seconds_ago:
            at = datetime.now(UTC)
            seen = {user: at - timedelta(seconds=ago) for user, ago in seconds_ago.items()}
            await self._book.keep_last_seen(seen)

    # -- what is told

    async def round(self) -> None:
        """Tells the sockets what is otherwise than they know."""
        people = self._watchers.people
        if not people:
            return
        concerned = self._watchers.learn(await self._store.states(people))
        now = time.monotonic()
        lists = self._watchers.in_doubt(concerned, before=now - RIGHTS_SECONDS)
        if lists:
            self._watchers.settle(lists, await self._book.visible(lists), asked_at=now)
        await self._tell(list(concerned))
        self._watchers.end()

    async def _tell(self, sockets: Sequence[Socket]) -> None:
        """In slices, so that a crowd that comes back does not hold up the messages."""
        shapes: dict[Told, bytes] = {}
        for start in range(0, len(sockets), SLICE):
            news = self._watchers.news(sockets[start : start + SLICE])
            people = {item for told in news.values() for item in told.items()}
            shapes |= await self._encoded(people - shapes.keys())
            for socket, told in news.items():
                parts = b",".join(shapes[item] for item in told.items())
                frame = b'{"type":"presence.changed","people":[%b]}' % parts
                socket.write([frame], ephemeral=True)
            await asyncio.sleep(0)

    async def _encoded(self, people: Collection[Told]) -> dict[Told, bytes]:
        """The JSON of each person in a state, made once for all who are told of it."""
        gone = {user_id: state for user_id, state in people if state == NOT_HERE}
        try:
            gone = await self._with_last_seen(gone)
        except Exception as error:  # noqa: BLE001 (that somebody has gone is told all the same)
            log.warning("presence is told without last seen: %r", error)
        return {
            (user_id, state): dump(
                state_json(user_id, gone[user_id] if state == NOT_HERE else state)
            )
            for user_id, state in people
        }

    def deliver(self, publications: Iterable[Publication]) -> None:
        """The bus's end: rights have changed, and the next round asks for them."""
        for publication in publications:
            self._watchers.doubt(map(UUID, orjson.loads(publication.frame)["userIds"]))

    async def _with_last_seen(self, states: Mapping[UUID, State]) -> dict[UUID, State]:
        """What only the database knows: when those were here of whom the store has forgotten it."""
        forgotten = [user_id for user_id, state in states.items() if state == NOT_HERE]
        kept = await self._book.last_seen(forgotten) if forgotten else {}
        return {**states, **{u: State(Status.OFFLINE, at) for u, at in kept.items()}}


async def _forever(step: Callable[[], Awaitable[None]], seconds: float) -> None:
    """A step that fails is done again with the next; it is said once for each outage."""
    is_failing = False
    while True:
        await asyncio.sleep(seconds)
        try:
            await step()
            is_failing = False
        except Exception as error:
            if not is_failing:
                log.warning("presence: %r; it goes on", error, exc_info=not _is_away(error))
            is_failing = True


def _is_away(error: Exception) -> bool:
    return isinstance(error, ConnectionError)


_presence: Presence | None = None
_loop: asyncio.AbstractEventLoop | None = None


def install(presence: Presence | None, loop: asyncio.AbstractEventLoop | None) -> None:
    """Makes it that of this process."""
    global _presence, _loop
    _presence, _loop = presence, loop


def read_from_thread(viewer_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, State] | None:
    """`Presence.look` for any other thread; None where no presence runs. Raises Unavailable."""
    if _presence is None or _loop is None:
        return None
    asked = asyncio.run_coroutine_threadsafe(_presence.look(viewer_id, user_ids), _loop)
    try:
        return asked.result(ASK_SECONDS)
    except TimeoutError:
        asked.cancel()
        raise Unavailable from None
