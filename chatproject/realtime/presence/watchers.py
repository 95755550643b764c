"""Which socket watches whom, what each may see, and what it was told. No I/O here."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from chatproject.realtime.presence.store import NOT_TOLD, State, Status
from chatproject.realtime.socket import Socket

Pairs = Collection[tuple[UUID, UUID]]  # (viewer, person)


class Watch:
    """One socket's. `asked_at` is when it was looked up who is `visible`."""

    __slots__ = ("asked_at", "told", "visible")

    def __init__(self, states: Mapping[UUID, State], asked_at: float) -> None:
        self.told = {user_id: state.status for user_id, state in states.items()}
        self.visible = {u for u, status in self.told.items() if status is not Status.UNKNOWN}
        self.asked_at = asked_at


class Watchers:
    """`learn`, `in_doubt`, `settle`, `news` and `end` are the steps of a round."""

    def __init__(self) -> None:
        self._watches: dict[Socket, Watch] = {}
        self._by_person: dict[UUID, set[Socket]] = {}
        self._by_viewer: dict[UUID, set[Socket]] = {}
        self._states: dict[UUID, State] = {}  # of those who are watched, at the last round
        self._moved: set[UUID] = set()  # of whom somebody may not have been told how they are
        self._doubted: set[Socket] = set()

    @property
    def people(self) -> Collection[UUID]:
        return list(self._by_person)

    def put(self, socket: Socket, states: Mapping[UUID, State], asked_at: float) -> None:
        """The socket watches these people, as it was told of them, and nobody else."""
        self.drop(socket)
        if not states:
            return
        self._watches[socket] = watch = Watch(states, asked_at)
        self._by_viewer.setdefault(socket.user_id, set()).add(socket)
        for user_id, status in watch.told.items():
            self._by_person.setdefault(user_id, set()).add(socket)
            if user_id in watch.visible and self._status(user_id) is not status:
                self._states.pop(user_id, None)  # so that the next round compares it with all

    def drop(self, socket: Socket) -> None:
        watch = self._watches.pop(socket, None)
        if watch is None:
            return
        self._doubted.discard(socket)
        _discard(self._by_viewer, socket.user_id, socket)
        for user_id in watch.told:
            _discard(self._by_person, user_id, socket)
            if user_id not in self._by_person:
                self._states.pop(user_id, None)

    def doubt(self, user_ids: Iterable[UUID]) -> None:
        """Whom these people may see, and who may see them, is to be asked anew."""
        for user_id in user_ids:
            self._doubted |= self._by_person.get(user_id, set())
            self._doubted |= self._by_viewer.get(user_id, set())

    # -- a round

    def learn(self, states: Mapping[UUID, State]) -> set[Socket]:
        """How those who are watched are now; gives the sockets that this may concern."""
        there = {user_id: state for user_id, state in states.items() if user_id in self._by_person}
        self._moved |= {u for u, state in there.items() if self._status(u) is not state.status}
        self._moved &= self._by_person.keys()
        self._states |= there
        return self._doubted.union(*(self._by_person[user_id] for user_id in self._moved))

    def in_doubt(self, sockets: Iterable[Socket], before: float) -> dict[UUID, set[UUID]]:
        """Whom the viewers watch, of those sockets whose rights were doubted or last asked for
        before then. They stay in doubt until it is settled."""
        self._doubted |= {each for each in sockets if self._watches[each].asked_at < before}
        lists: dict[UUID, set[UUID]] = {}
        for socket in self._doubted:
            lists.setdefault(socket.user_id, set()).update(self._watches[socket].told)
        return lists

    def settle(self, lists: Mapping[UUID, set[UUID]], visible: Pairs, asked_at: float) -> None:
        """Of the people in the lists, these are the visible ones."""
        settled = {
            socket
            for socket in self._doubted
            if self._watches[socket].told.keys() <= lists.get(socket.user_id, set())
        }
        for socket in settled:
            watch = self._watches[socket]
            watch.visible = {u for u in watch.told if (socket.user_id, u) in visible}
            watch.asked_at = asked_at
            self._moved |= watch.told.keys()  # a round may have passed it over while it was doubted
        self._doubted -= settled

    def news(self, sockets: Iterable[Socket]) -> dict[Socket, dict[UUID, State]]:
        """What the sockets are to be told, which counts as told from here on."""
        news: dict[Socket, dict[UUID, State]] = {}
        for socket in sockets:
            watch = self._watches.get(socket)
            if watch is None or socket in self._doubted:
                continue
            for user_id in watch.told.keys() & self._moved:
                is_visible = user_id in watch.visible
                state = self._states.get(user_id) if is_visible else NOT_TOLD
                if state is None:  # another watch has read another state: for the next round
                    continue
                if state.status is not watch.told[user_id]:
                    watch.told[user_id] = state.status
                    news.setdefault(socket, {})[user_id] = state
        return news

    def end(self) -> None:
        """All sockets that the round concerned were asked for their news."""
        self._moved.clear()

    def _status(self, user_id: UUID) -> Status | None:
        state = self._states.get(user_id)
        return state and state.status


def _discard(index: dict[UUID, set[Socket]], key: UUID, socket: Socket) -> None:
    sockets = index.get(key)
    if sockets is not None:
        sockets.discard(socket)
        if not sockets:
            del index[key]
