"""Which socket watches whom, whom it may see, and what it was told. No I/O here."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from chatproject.realtime.presence.store import NOT_TOLD, State, Status
from chatproject.realtime.socket import Socket

Pairs = Collection[tuple[UUID, UUID]]  # (viewer, person)


class Watch:
    """What one socket watches. `read_at` is when the `visible` ones were read."""

    __slots__ = ("read_at", "told", "visible")

    def __init__(self, states: Mapping[UUID, State], read_at: float) -> None:
        self.told = {user_id: state.status for user_id, state in states.items()}
        self.visible = {u for u, status in self.told.items() if status is not Status.UNKNOWN}
        self.read_at = read_at


class Watchers:
    """`record_states`, `stale_rights`, `apply_rights`, `take_changes` and `end_round` are the steps
    of a round."""

    def __init__(self) -> None:
        self._watches: dict[Socket, Watch] = {}
        self._by_person: dict[UUID, set[Socket]] = {}
        self._by_viewer: dict[UUID, set[Socket]] = {}
        self._states: dict[UUID, State] = {}  # of those who are watched, at the last round
        self._changed: set[UUID] = set()  # whose state some socket may not have been told
        self._stale: set[Socket] = set()  # whose rights have to be read anew

    @property
    def people(self) -> Collection[UUID]:
        return list(self._by_person)

    def put(self, socket: Socket, states: Mapping[UUID, State], read_at: float) -> None:
        """Makes these people, in the states that the socket was told, all that it watches."""
        self.drop(socket)
        if not states:
            return
        self._watches[socket] = watch = Watch(states, read_at)
        self._by_viewer.setdefault(socket.user_id, set()).add(socket)
        for user_id, status in watch.told.items():
            self._by_person.setdefault(user_id, set()).add(socket)
            if user_id in watch.visible and self._status(user_id) is not status:
                self._states.pop(user_id, None)  # so that the next round compares it with all

    def drop(self, socket: Socket) -> None:
        watch = self._watches.pop(socket, None)
        if watch is None:
            return
        self._stale.discard(socket)
        _discard(self._by_viewer, socket.user_id, socket)
        for user_id in watch.told:
            _discard(self._by_person, user_id, socket)
            if user_id not in self._by_person:
                self._states.pop(user_id, None)

    def invalidate_rights(self, user_ids: Iterable[UUID]) -> None:
        """Has it read anew whom these people may see, and who may see them."""
        for user_id in user_ids:
            self._stale |= self._by_person.get(user_id, set())
            self._stale |= self._by_viewer.get(user_id, set())

    # -- a round

    def record_states(self, states: Mapping[UUID, State]) -> set[Socket]:
        """Records the present states of those who are watched; the sockets that may be told."""
        there = {user_id: state for user_id, state in states.items() if user_id in self._by_person}
        self._changed |= {u for u, state in there.items() if self._status(u) is not state.status}
        self._changed &= self._by_person.keys()
        self._states |= there
        return self._stale.union(*(self._by_person[user_id] for user_id in self._changed))

    def stale_rights(self, sockets: Iterable[Socket], before: float) -> dict[UUID, set[UUID]]:
        """Whom each viewer watches, for the sockets whose rights were invalidated or were read
        before then. They stay stale until `apply_rights`."""
        self._stale |= {each for each in sockets if self._watches[each].read_at < before}
        lists: dict[UUID, set[UUID]] = {}
        for socket in self._stale:
            lists.setdefault(socket.user_id, set()).update(self._watches[socket].told)
        return lists

    def apply_rights(self, lists: Mapping[UUID, set[UUID]], visible: Pairs, read_at: float) -> None:
        """Records which people in the lists are visible to whom."""
        fresh = {
            socket
            for socket in self._stale
            if self._watches[socket].told.keys() <= lists.get(socket.user_id, set())
        }
        for socket in fresh:
            watch = self._watches[socket]
            watch.visible = {u for u in watch.told if (socket.user_id, u) in visible}
            watch.read_at = read_at
            self._changed |= watch.told.keys()  # a round may have skipped it while it was stale
        self._stale -= fresh

    def take_changes(self, sockets: Iterable[Socket]) -> dict[Socket, dict[UUID, State]]:
        """What the sockets have to be told. It counts as told from here on."""
        changes: dict[Socket, dict[UUID, State]] = {}
        for socket in sockets:
            watch = self._watches.get(socket)
            if watch is None or socket in self._stale:
                continue
            for user_id in watch.told.keys() & self._changed:
                is_visible = user_id in watch.visible
                state = self._states.get(user_id) if is_visible else NOT_TOLD
                if state is None:  # another watch has read another state: left to the next round
                    continue
                if state.status is not watch.told[user_id]:
                    watch.told[user_id] = state.status
                    changes.setdefault(socket, {})[user_id] = state
        return changes

    def end_round(self) -> None:
        """The changes of all sockets that the round concerned were taken."""
        self._changed.clear()

    def _status(self, user_id: UUID) -> Status | None:
        state = self._states.get(user_id)
        return state and state.status


def _discard(index: dict[UUID, set[Socket]], key: UUID, socket: Socket) -> None:
    sockets = index.get(key)
    if sockets is not None:
        sockets.discard(socket)
        if not sockets:
            del index[key]
