"""Presence at one process: writes who is connected here, and tells sockets about those they watch.

No event is sent when somebody connects. Changes are written every second, and every few seconds a
round reads the states of all watched people and sends each socket the changes in one frame. So an
unstable phone connection causes no storm, ten thousand simultaneous reconnects cost a few round
trips, the people of a killed process expire by themselves, and a lost bus message loses no state.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from chatproject.core import metrics
from chatproject.core.api.json import dump
from chatproject.core.errors import Unavailable
from chatproject.realtime.presence.devices import Devices
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

logger = logging.getLogger(__name__)

MAX_WATCHED = 200  # people, by one socket
WRITE_SECONDS = 1.0
RIGHTS_SECONDS = 300.0  # after which they are read again, in case the command was lost
KEEP_SECONDS = 300.0  # after which the last seen times of connected people are written again
SLICE = 100  # sockets that are written to in one turn of the event loop
ASK_SECONDS = 5.0  # for which a request may wait for the store

PersonState = tuple[UUID, State]


class PresenceQueries(Protocol):
    """The queries of presence to the application; no app is imported. All methods use the database,
    and raise if it does not answer."""

    async def visible(self, lists: Mapping[UUID, Collection[UUID]]) -> set[tuple[UUID, UUID]]:
        """Those pairs (viewer, person) in the lists of which the viewer may see the person."""

    async def last_seen(self, user_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
        """When they were last seen, if that is known."""

    async def keep_last_seen(self, seen: Mapping[UUID, datetime]) -> None: ...


class Presence:
    """All methods belong to the event loop's thread. `round_seconds` is the time between rounds,
    and how long somebody who disconnects still counts as here; `ttl` is how long an entry of a
    killed process stays."""

    def __init__(
        self, store: Store, queries: PresenceQueries, *, ttl: float, round_seconds: float
    ) -> None:
        self._store = store
        self._queries = queries
        self._ttl = ttl
        self._round_seconds = round_seconds
        self._devices = Devices(grace=round_seconds)
        self._watchers = Watchers()
        self._kept_at = time.monotonic()
        self._refreshed_at = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        install(self, asyncio.get_running_loop())
        write_seconds = min(WRITE_SECONDS, self._round_seconds)
        self._tasks = [
            asyncio.create_task(_forever(self.write, write_seconds), name="presence writes"),
            asyncio.create_task(_forever(self.round, self._round_seconds), name="presence rounds"),
        ]

    async def stop(self) -> None:
        """Writes everybody's last seen time. The entries stay until they expire, so that people who
        reconnect to another process at once do not go offline."""
        install(None, None)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            now = datetime.now(UTC)
            await self._queries.keep_last_seen(dict.fromkeys(self._devices.everybody(), now))
        except Exception as error:  # noqa: BLE001 (stopping must go on)
            logger.warning("last seen is not kept: %r", error)
        await self._store.close()

    # -- sockets

    def put(self, socket: Socket, status: Status) -> None:
        """Sets the state of the socket's person at this device."""
        self._devices.put(socket.user_id, socket, status)

    def leave(self, socket: Socket) -> None:
        self._devices.drop(socket.user_id, socket)
        self._watchers.drop(socket)

    async def watch(self, socket: Socket, user_ids: Collection[UUID]) -> dict[UUID, State]:
        """Replaces the people whom the socket watches; returns their states.

        Raises Unavailable when the store is away.
        """
        asked_at = time.monotonic()
        states = await self.states_for(socket.user_id, user_ids)
        self._watchers.put(socket, states, asked_at)
        if socket.is_closing:
            self._watchers.drop(socket)
        return states

    async def states_for(self, viewer_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, State]:
        """The states of these people, as far as the viewer may see them. Raises Unavailable."""
        visible = await self._queries.visible({viewer_id: user_ids})
        seen = [user_id for user_id in user_ids if (viewer_id, user_id) in visible]
        try:
            states = await self._store.states(seen)
        except ConnectionError as error:
            raise Unavailable from error
        states = await self._with_last_seen(states)
        return {user_id: states.get(user_id, NOT_TOLD) for user_id in user_ids}

    # -- the store

    async def write(self) -> None:
        """Writes changes to the store and, now and then, who is still here."""
        changes = self._devices.pending_changes()
        now, clock = time.monotonic(), self._devices.clock()
        is_due = now - self._refreshed_at >= self._ttl / 3
        others = self._devices.everybody() if is_due else {}
        await self._store.here({**others, **changes.here})
        await self._store.gone({user_id: clock - at for user_id, at in changes.gone.items()})
        self._devices.mark_written(changes)
        if is_due:
            self._refreshed_at = now
        await self._keep({user_id: clock - at for user_id, at in changes.gone.items()}, now)

    async def _keep(self, gone: Mapping[UUID, float], now: float) -> None:
        """Writes last seen times to the database: of people who have gone, and rarely of others."""
        here: Iterable[UUID] = ()
        if now - self._kept_at >= KEEP_SECONDS:
            here, self._kept_at = self._devices.everybody(), now
        seconds_ago = dict.fromkeys(here, 0.0) | dict(gone)
        if seconds_ago:
            at = datetime.now(UTC)
            seen = {user: at - timedelta(seconds=ago) for user, ago in seconds_ago.items()}
            await self._queries.keep_last_seen(seen)

    # -- the sockets

    async def round(self) -> None:
        """Sends the sockets what has changed since the last round."""
        people = self._watchers.people
        if not people:
            return
        begun_at = time.monotonic()
        concerned = self._watchers.record_states(await self._store.states(people))
        now = time.monotonic()
        lists = self._watchers.stale_rights(concerned, before=now - RIGHTS_SECONDS)
        if lists:
            visible = await self._queries.visible(lists)
            self._watchers.apply_rights(lists, visible, read_at=now)
        await self._tell(list(concerned))
        self._watchers.end_round()
        metrics.presence_round_seconds.observe(time.monotonic() - begun_at)

    async def _tell(self, sockets: Sequence[Socket]) -> None:
        """Writes in slices, so that a reconnecting crowd does not delay messages."""
        shapes: dict[PersonState, bytes] = {}
        for start in range(0, len(sockets), SLICE):
            changes = self._watchers.take_changes(sockets[start : start + SLICE])
            people = {item for states in changes.values() for item in states.items()}
            shapes |= await self._encoded(people - shapes.keys())
            for socket, states in changes.items():
                parts = b",".join(shapes[item] for item in states.items())
                frame = b'{"type":"presence.changed","people":[%b]}' % parts
                socket.write([frame], ephemeral=True)
            await asyncio.sleep(0)

    async def _encoded(self, people: Collection[PersonState]) -> dict[PersonState, bytes]:
        """The JSON of each person in a state, encoded once for all sockets."""
        gone = {user_id: state for user_id, state in people if state == NOT_HERE}
        try:
            gone = await self._with_last_seen(gone)
        except Exception as error:  # noqa: BLE001 (that somebody went is told all the same)
            logger.warning("presence is told without last seen: %r", error)
        return {
            (user_id, state): dump(
                state_json(user_id, gone[user_id] if state == NOT_HERE else state)
            )
            for user_id, state in people
        }

    def invalidate_rights(self, user_ids: Iterable[UUID]) -> None:
        """Invalidates the presence visibility of these users; the next round reads it again."""
        self._watchers.invalidate_rights(user_ids)

    def on_rights_changed(self, fields: Mapping[str, Any]) -> None:
        """Carries out the control command."""
        self.invalidate_rights(map(UUID, fields["userIds"]))

    async def _with_last_seen(self, states: Mapping[UUID, State]) -> dict[UUID, State]:
        """Adds last seen times from the database where the store has none any more."""
        forgotten = [user_id for user_id, state in states.items() if state == NOT_HERE]
        kept = await self._queries.last_seen(forgotten) if forgotten else {}
        return {**states, **{u: State(Status.OFFLINE, at) for u, at in kept.items()}}


async def _forever(step: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Repeats a step that fails as one that does not; logs once for each outage."""
    is_failing = False
    while True:
        await asyncio.sleep(seconds)
        try:
            await step()
            is_failing = False
        except Exception as error:
            metrics.presence_failures.count += 1
            if not is_failing:
                logger.warning("presence: %r; it goes on", error, exc_info=not _is_away(error))
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
    """`Presence.states_for` for other threads; None if no presence runs. Raises Unavailable."""
    if _presence is None or _loop is None:
        return None
    asked = asyncio.run_coroutine_threadsafe(_presence.states_for(viewer_id, user_ids), _loop)
    try:
        return asked.result(ASK_SECONDS)
    except TimeoutError:
        asked.cancel()
        raise Unavailable from None
